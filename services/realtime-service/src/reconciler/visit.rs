//! One room compared.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use clock::{DateTime, Utc};
use room_tokens::{ParticipantIdentity, sfu_room};
use signal_protocol::{CallId, RoomId, UserId};
use store::{Read, Snapshot, StoreError};

use super::ReconcilerParts;
use super::turn::{Listed, Turns, is_due};
use crate::call_watch::{LookFailure, Seen};
use crate::moderation::Denial;
use crate::occupancy::{Decided, Listing, Occupancy, OccupancyFailure, is_fading};
use crate::revocation::SignedOut;
use crate::sfu::{SfuFailure, SfuParticipant};
use crate::stored::{denial_key, signed_out_key, whereabouts_key};

/// For how long a room is a replica's: longer than LiveKit takes to answer. And for how much of a period at most, so that the
/// next one to look is in time even if that replica died.
const HOLD: Duration = Duration::from_secs(10);
const HOLD_OF_PERIOD: u32 = 2;

/// Of how many people in a room it is read at once whether they may be there.
pub(super) const READ_AT_ONCE: usize = 500;

/// Why a room was not compared, or what was found was not done.
#[derive(Debug, thiserror::Error)]
enum VisitFailure {
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    #[error("who is in the room was not written down")]
    Occupancy(#[from] OccupancyFailure),
    #[error("LiveKit did not say who is there, or did not send somebody out")]
    Sfu(#[from] SfuFailure),
    #[error("the call was not told")]
    Call(#[from] LookFailure),
}

impl VisitFailure {
    const fn label(&self) -> &'static str {
        match self {
            Self::Store(_) | Self::Occupancy(OccupancyFailure::Store(_)) => "store_failed",
            Self::Occupancy(OccupancyFailure::Contended(_)) => "contended",
            Self::Sfu(_) => "sfu_failed",
            Self::Call(_) => "call_untold",
        }
    }
}

impl Turns {
    /// Compares one room with LiveKit, and does what follows. The word for metrics.
    pub(super) async fn visit(&self, room: &RoomId, listed: &Listed) -> &'static str {
        match self.compare_one(room, listed).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                self.tell_failed(room, &failure);
                if let VisitFailure::Sfu(_) = failure
                    && let Err(error) = self.keep_undone(room).await
                {
                    self.tell_failed(room, &error);
                }
                failure.label()
            }
        }
    }

    fn tell_failed(&self, room: &RoomId, error: &(dyn Error + 'static)) {
        tracing::warn!(tenant.id = %self.tenant, room.id = %room, error, "reconcile.room_failed");
    }

    async fn compare_one(&self, room: &RoomId, listed: &Listed) -> Result<&'static str, VisitFailure> {
        let Some(asked_at) = self.claim(room).await? else { return Ok("elsewhere") };
        let people = self.parts.sfu.participants(&sfu_room(&self.tenant, room)).await?;
        let there = listed.rooms.get(room);
        if there.is_none() && !people.is_empty() {
            // It was opened since the list was made. The next one has it.
            return Ok("unclear");
        }
        let outcome = self.repair(room, listed, &people).await?;
        let sent_out = self.look_after(room, &people).await;
        if let (Some(calls), Some(call)) = (&self.parts.calls, CallId::of_room(room)) {
            let seen = Seen { asked_at, people, is_open: there.is_some() };
            calls.report(&self.tenant, call, &seen, false).await?;
        }
        sent_out?;
        Ok(outcome)
    }

    /// Makes the room this replica's for a while, if it is nobody's. The store's time.
    async fn claim(&self, room: &RoomId) -> Result<Option<DateTime<Utc>>, OccupancyFailure> {
        let period = self.period();
        let hold = HOLD.min(period / HOLD_OF_PERIOD);
        let claimed = self.parts.occupancies.change(&self.tenant, room, &[], None, |snapshot, occupancy| {
            let now = snapshot.now;
            let is_ours = is_due(occupancy, now, period);
            if is_ours {
                occupancy.claimed_until = Some(now + hold);
            }
            Ok(Decided { outcome: is_ours.then_some(now), transitions: Vec::new(), mark: None })
        });
        Ok(claimed.await?.outcome)
    }

    /// Makes the record agree with what LiveKit said, and gives the room back.
    async fn repair(
        &self,
        room: &RoomId,
        listed: &Listed,
        people: &[SfuParticipant],
    ) -> Result<&'static str, OccupancyFailure> {
        let listing = Listing { room: listed.rooms.get(room), people, asked_at: listed.asked_at };
        let repaired = self.parts.occupancies.change(&self.tenant, room, &[], None, |snapshot, occupancy| {
            occupancy.claimed_until = None;
            let (drift, transitions) = occupancy.reconcile(&listing, snapshot.now);
            Ok(Decided { outcome: drift, transitions, mark: None })
        });
        let repaired = repaired.await?;
        let (drift, Occupancy { sid, .. }) = (repaired.outcome, &repaired.occupancy);
        if sid.is_none() {
            self.parts.live_rooms.forget(&self.tenant, room);
        }
        self.parts.metrics.drifted(&drift);
        if drift.is_none() {
            return Ok("right");
        }
        tracing::info!(
            tenant.id = %self.tenant,
            room.id = %room,
            rooms = drift.rooms,
            arrivals = drift.arrivals,
            departures = drift.departures,
            replacements = drift.replacements,
            tracks = drift.tracks,
            "reconcile.repaired"
        );
        Ok("repaired")
    }

    /// Sees to it that it stays known where everybody is, and sends out whoever was to be out and is there all the same: LiveKit
    /// did not answer then, or let them in again with a token from before they were sent out or their login was ended.
    ///
    /// Membership is not asked: somebody whom the registry no longer has was sent out with a denial, and the other sources are
    /// asked at joins alone.
    async fn look_after(&self, room: &RoomId, people: &[SfuParticipant]) -> Result<(), VisitFailure> {
        let ours = people.iter().filter_map(|one| {
            let identity: ParticipantIdentity = one.identity.parse().ok()?;
            Some((identity.user, one.joined_at))
        });
        let ours: Vec<(UserId, DateTime<Utc>)> = ours.collect();
        // Somebody who cannot be judged, or comes back faster than they are sent out, must not keep the others in.
        let mut outcome = Ok(());
        for some in ours.chunks(READ_AT_ONCE) {
            let read = some.iter().fold(Read::new(), |read, (user, _)| {
                read.and(denial_key(room, user), 0).and(signed_out_key(user), 0).and(whereabouts_key(user), 0)
            });
            let read = self.parts.store.read(&self.tenant, read).await?;
            let fading = some.iter().map(|(user, _)| user).filter(|user| is_fading(&read, room, user));
            let fading: BTreeSet<UserId> = fading.cloned().collect();
            if !fading.is_empty() {
                let renewed = self.parts.occupancies.renew(&self.tenant, room, &fading).await;
                outcome = outcome.and(renewed.map(drop).map_err(VisitFailure::from));
            }
            for (user, joined_at) in some {
                outcome = outcome.and(self.send_out_if_barred(room, user, *joined_at, &read).await);
            }
        }
        outcome
    }

    async fn send_out_if_barred(
        &self,
        room: &RoomId,
        user: &UserId,
        joined_at: DateTime<Utc>,
        read: &Snapshot,
    ) -> Result<(), VisitFailure> {
        let ReconcilerParts { store, evictions, token_life, .. } = &self.parts;
        let denial = read.parse::<Denial>(&denial_key(room, user))?;
        let is_barred = denial.is_some_and(|denial| denial.evicts(joined_at, read.now));
        let is_signed_out = SignedOut::of(read, user)?.is_some_and(|ended| ended.evicts(joined_at));
        if is_barred || is_signed_out {
            tracing::info!(tenant.id = %self.tenant, room.id = %room, user.id = %user, "reconcile.evicted");
            evictions.evict(&self.tenant, room, user).await?;
        }
        if is_signed_out {
            SignedOut::renew(store, &self.tenant, user, *token_life).await?;
        }
        Ok(())
    }
}
