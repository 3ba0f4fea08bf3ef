//! What a join passes once it is known that somebody belongs to the room: that they were not sent out of it, and that it is
//! not full.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use http_server::{Problem, Refusal, waiting_for};
use room_tokens::ParticipantIdentity;
use signal_protocol::{ErrorCode, RoomId, Tenant, UserId};
use store::{Attempts, Commit, Committed, Contended, StoreError};
use tokio::time::sleep;

use super::sentence::put;
use super::{Bounds, Denial};
use crate::doors::{Door, Doors};
use crate::occupancy::Occupancy;
use crate::revocation::SignedOut;
use crate::stored::{denial_key, occupancy_key, problem_of};

const ATTEMPTS: Attempts = Attempts { change: "readmission", most: 4, longest_pause: Duration::ZERO };

/// A LiveKit token tells its time in whole seconds.
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// The gate of every room. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    doors: Doors,
    bounds: Bounds,
    /// How many may be in a room that does not say so itself; 0: any number.
    max_participants: u32,
}

/// Why somebody does not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GateRefused {
    #[error("they were sent out of the room ({0})")]
    Barred(ErrorCode),
    #[error("as many are in the room as may be")]
    Full,
    #[error("it cannot be read whether they may come in")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Contended(#[from] Contended),
}

impl Refusal for GateRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Barred(code) => Problem::new(*code),
            Self::Full => Problem::new(ErrorCode::RoomFull),
            Self::Store(error) => problem_of(error),
            Self::Contended(_) => Problem::new(ErrorCode::StoreUnavailable).retry_after(1),
        }
    }
}

impl Gate {
    pub(crate) const fn new(doors: Doors, bounds: Bounds, max_participants: u32) -> Self {
        Self { doors, bounds, max_participants }
    }

    /// Looks at the door of `user` at `room`: the one read of a join.
    pub(crate) async fn look(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Door, GateRefused> {
        Ok(self.doors.look(tenant, room, user).await?)
    }

    /// The code with which somebody who was sent out is refused.
    pub(crate) fn bar(door: &Door) -> Option<ErrorCode> {
        door.denial.as_ref().and_then(|denial| denial.bars(door.snapshot.now))
    }

    /// Whether the room is known to be full for `identity`; `max_participants` is what the room says itself.
    ///
    /// LiveKit decides, and counts connections: so do we, to tell it to people before they try. An earlier connection of the
    /// same identity makes room for this one.
    pub(crate) fn is_full(
        &self,
        door: &Door,
        identity: &ParticipantIdentity,
        max_participants: Option<u32>,
    ) -> bool {
        let most = max_participants.unwrap_or(self.max_participants);
        if most == 0 {
            return false;
        }
        // A record that cannot be read was told of by the store. The room is not known to be full then.
        let Ok(Some(occupancy)) = door.snapshot.parse::<Occupancy>(&occupancy_key(&door.room)) else {
            return false;
        };
        let identity = identity.to_string();
        let others = occupancy.people.iter().filter(|(other, one)| **other != identity && !one.dependent);
        others.count() >= usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Passes somebody who may come in: if they were sent out once, it is written down that they were let in again. To be
    /// called last, so that whatever sends them out from now on finds it.
    ///
    /// Whoever is let in again within the very second in which the keys from before became void waits until it is over: what
    /// they get would else be taken for one of those.
    pub(crate) async fn pass(&self, tenant: &Tenant, door: Door) -> Result<(), GateRefused> {
        let signed_out = SignedOut::of(&door.snapshot, &door.user)?.map(|signed_out| signed_out.at);
        let voided = self.readmit(tenant, door).await?.max(signed_out);
        if let Some(wait) = voided.and_then(|voided| until_after(voided, Clock::system().now())) {
            sleep(wait).await;
        }
        Ok(())
    }

    /// Gives when they were sent out, if they were.
    async fn readmit(&self, tenant: &Tenant, mut door: Door) -> Result<Option<DateTime<Utc>>, GateRefused> {
        let mut contention = self.doors.store().contention(ATTEMPTS);
        loop {
            if let Some(code) = Self::bar(&door) {
                return Err(GateRefused::Barred(code));
            }
            let version = door.denial_version();
            let Door { snapshot, room, user, denial } = door;
            let since = denial.as_ref().map(|denial| denial.since);
            let Some(denial) = denial.filter(Denial::awaits_readmission) else { return Ok(since) };
            let now = snapshot.now;
            let commit = Commit {
                expect: vec![(denial_key(&room, &user), version)],
                writes: vec![put(&denial.readmitted(now), &room, &user, now, self.bounds)],
                durable: false,
                not_after: None,
            };
            let committed = self.doors.store().commit(tenant, commit);
            match waiting_for(ErrorCode::StoreUnavailable, committed).await? {
                Committed::Applied { .. } => {
                    tracing::info!("join.readmitted");
                    return Ok(since);
                }
                Committed::Conflict { .. } | Committed::TooLate { .. } => {
                    contention.overtaken().await?;
                    door = self.doors.look(tenant, &room, &user).await?;
                }
            }
        }
    }
}

/// How long it is from `now` to the second after that of `instant`; a second at most, if clocks are apart. None where that has
/// begun.
fn until_after(instant: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    let next = DateTime::from_timestamp(instant.timestamp(), 0)? + SECOND;
    let wait = (next - now).min(SECOND).to_std().ok()?;
    (!wait.is_zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_given_in_a_later_second_than_that_of_the_denial() {
        let at = |milliseconds| DateTime::from_timestamp_millis(milliseconds).expect("it is a time");
        for (voided, now, wait) in [
            (10_400, 10_400, Some(600)),
            (10_400, 10_999, Some(1)),
            (10_000, 10_000, Some(1_000)),
            (10_999, 11_000, None),
            (10_400, 70_000, None),
            // The clock of the store is ahead.
            (13_000, 10_400, Some(1_000)),
        ] {
            assert_eq!(until_after(at(voided), at(now)), wait.map(Duration::from_millis), "{voided} {now}");
        }
    }
}
