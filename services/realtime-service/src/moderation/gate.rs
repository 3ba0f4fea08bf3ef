//! What a join passes once it is known that somebody belongs to the room: that they were not sent out of it, and that it is
//! not full.

use http_server::{Problem, Refusal};
use room_tokens::ParticipantIdentity;
use signal_protocol::{ErrorCode, RoomId, Tenant, UserId};
use store::{Commit, Committed, StoreError};

use super::sentence::put;
use super::{Bounds, Denial};
use crate::doors::{Door, Doors};
use crate::occupancy::Occupancy;
use crate::stored::{denial_key, occupancy_key, problem_of};

/// How often letting somebody in again is tried while others change what bars them.
const ATTEMPTS: u32 = 4;

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
    #[error("others were faster {ATTEMPTS} times")]
    Contended,
}

impl Refusal for GateRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Barred(code) => Problem::new(*code),
            Self::Full => Problem::new(ErrorCode::RoomFull),
            Self::Store(error) => problem_of(error),
            Self::Contended => Problem::new(ErrorCode::StoreUnavailable).retry_after(1),
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
    pub(crate) async fn pass(&self, tenant: &Tenant, mut door: Door) -> Result<(), GateRefused> {
        for _ in 0..ATTEMPTS {
            if let Some(code) = Self::bar(&door) {
                return Err(GateRefused::Barred(code));
            }
            let version = door.denial_version();
            let Door { snapshot, room, user, denial } = door;
            let Some(denial) = denial.filter(Denial::awaits_readmission) else { return Ok(()) };
            let now = snapshot.now;
            let commit = Commit {
                expect: vec![(denial_key(&room, &user), version)],
                writes: vec![put(&denial.readmitted(now), &room, &user, now, self.bounds)],
                durable: false,
                not_after: None,
            };
            match self.doors.store().commit(tenant, commit).await? {
                Committed::Applied { .. } => {
                    tracing::info!("join.readmitted");
                    return Ok(());
                }
                Committed::Conflict { .. } | Committed::TooLate { .. } => {
                    door = self.doors.look(tenant, &room, &user).await?;
                }
            }
        }
        Err(GateRefused::Contended)
    }
}
