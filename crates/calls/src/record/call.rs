//! The record of a call.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{
    Call, CallId, CallKind, CallMedia, CallPhase, EndReason, PartyRole, RoomId, UserId, timestamp,
};

use super::{Extra, LegKind, PartyRecord, Schema, Stance};

mod reading;

/// Where a call stands, with what is valid there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has accepted yet. The deadlines are those of the rings.
    Ringing,
    /// Somebody has accepted.
    Active {
        /// When the first one did.
        #[serde(with = "timestamp")]
        since: DateTime<Utc>,
        /// Whether the media have come about.
        setup: Setup,
    },
    /// Over, for good.
    Ended {
        /// When.
        #[serde(with = "timestamp")]
        at: DateTime<Utc>,
        /// Why.
        reason: EndReason,
        /// Since when it was active, if it ever was.
        #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
        active_since: Option<DateTime<Utc>>,
    },
}

/// Whether the media of an active call have come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Setup {
    /// Not yet.
    Pending {
        /// They must by then.
        #[serde(with = "timestamp")]
        until: DateTime<Utc>,
        /// When to look; later than `until` once LiveKit was asked and has not answered.
        #[serde(with = "timestamp")]
        check_at: DateTime<Utc>,
    },
    /// They have, at least once.
    Done,
}

/// A call as it is stored. All parties see the same [`CallRecord::view`] of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// What the fields mean.
    pub schema: Schema,
    /// Which call.
    pub id: CallId,
    /// Rises by one with every change of the view. What only the server keeps, such as who was notified, is none.
    pub version: u64,
    /// Where it stands.
    pub phase: Phase,
    /// What is transmitted at most.
    pub kind: CallKind,
    /// By which way.
    pub media: CallMedia,
    /// The application's room that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Who made it.
    pub caller: UserId,
    /// How long it rings each callee, in seconds.
    pub ring_seconds: u32,
    /// Peer-to-peer: the generation of the connection, which is also how often it was begun anew. Only signals show it.
    #[serde(default, skip_serializing_if = "is_first")]
    pub generation: u32,
    /// Everybody who is or was in it, the caller first. Nobody is ever taken out.
    pub parties: Vec<PartyRecord>,
    /// When it was made.
    #[serde(with = "timestamp")]
    pub created_at: DateTime<Utc>,
    /// The trace in which it was made, in the form of W3C Trace Context; later commands and timers link to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The id of that trace, for people.
    pub trace_id: String,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_first(generation: &u32) -> bool {
    *generation == 0
}

/// Something that a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The ring of the party at this place is over.
    Ring(usize),
    /// Nobody has notified the party at this place.
    Unseen(usize),
    /// The media must have come about.
    Setup,
    /// Whether the device of the party at this place is alive.
    Lease(usize),
}

/// When it waits for it. What is due at the same instant is taken in the order of [`Due`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) at: DateTime<Utc>,
    pub(crate) due: Due,
}

impl CallRecord {
    /// The call as every party sees it at `now`.
    #[must_use]
    pub fn view(&self, now: DateTime<Utc>) -> Call {
        let (phase, ended_at, reason) = match self.phase {
            Phase::Ringing => (CallPhase::Ringing, None, None),
            Phase::Active { .. } => (CallPhase::Active, None, None),
            Phase::Ended { at, reason, .. } => (CallPhase::Ended, Some(at), Some(reason)),
        };
        let sfu_room = match self.media {
            CallMedia::Livekit => Some(self.id.room()),
            CallMedia::P2p => None,
        };
        Call {
            id: self.id,
            version: self.version,
            phase,
            kind: self.kind,
            media: self.media,
            room_id: self.room_id.clone(),
            sfu_room,
            caller: self.caller.clone(),
            parties: self.parties.iter().map(PartyRecord::view).collect(),
            created_at: self.created_at,
            // Rings that began at different times end at different times; the call stops ringing with the last.
            expires_at: self.ring_deadlines().max(),
            active_since: self.active_since(),
            ended_at,
            reason,
            server_now: now,
            trace_id: self.trace_id.clone(),
        }
    }

    /// Whose `user:` and `presence:` records belong to the reading of this call.
    pub fn refers_to(&self) -> impl Iterator<Item = &UserId> {
        self.parties.iter().map(|party| &party.user_id)
    }

    /// The earliest instant after which something is to be done about it; none exactly when it is over.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.timers().map(|timer| timer.at).min()
    }

    /// Whether it is not over.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self.phase {
            Phase::Ringing | Phase::Active { .. } => true,
            Phase::Ended { .. } => false,
        }
    }

    /// Whether it was ever anything but two people.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.parties.len() > 2
    }

    /// Since when it is or was active.
    #[must_use]
    pub fn active_since(&self) -> Option<DateTime<Utc>> {
        match self.phase {
            Phase::Ringing => None,
            Phase::Active { since, .. } => Some(since),
            Phase::Ended { active_since, .. } => active_since,
        }
    }

    /// The part of `user` in it, if they are a party and may know of it.
    ///
    /// A person who blocked whoever rang them is a party for the others alone.
    #[must_use]
    pub fn party(&self, user: &UserId) -> Option<&PartyRecord> {
        self.place(user).map(|place| &self.parties[place])
    }

    /// The live leg that `user` has in it.
    #[must_use]
    pub fn leg(&self, user: &UserId) -> Option<LegKind> {
        let party = self.parties.iter().find(|party| party.user_id == *user)?;
        if self.is_live() { party.leg() } else { None }
    }

    /// Where in `parties` somebody stands who may know of the call.
    pub(crate) fn place(&self, user: &UserId) -> Option<usize> {
        self.parties.iter().position(|party| party.user_id == *user && !party.hidden)
    }

    /// When each ring that goes on is over.
    pub(crate) fn ring_deadlines(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.parties.iter().filter_map(|party| match &party.stance {
            Stance::Rung(rung) => Some(rung.until),
            Stance::Accepted(_)
            | Stance::Declined { .. }
            | Stance::Busy { .. }
            | Stance::Left { .. }
            | Stance::Missed { .. } => None,
        })
    }

    /// Everything it waits for, in no order.
    pub(crate) fn timers(&self) -> impl Iterator<Item = Timer> {
        let setup = match self.phase {
            Phase::Active { setup: Setup::Pending { check_at, .. }, .. } => {
                Some(Timer { at: check_at, due: Due::Setup })
            }
            Phase::Ringing | Phase::Active { setup: Setup::Done, .. } | Phase::Ended { .. } => None,
        };
        let live = self.is_live();
        let of_parties = self.parties.iter().enumerate().filter(move |_| live);
        of_parties.flat_map(|(place, party)| party.timers(place)).chain(setup)
    }

    /// How many are in the call.
    pub(crate) fn accepted(&self) -> usize {
        self.parties.iter().filter(|party| party.seat().is_some()).count()
    }

    /// Who made it. They stand first.
    pub(crate) fn caller_party(&self) -> Option<&PartyRecord> {
        self.parties.iter().find(|party| party.role == PartyRole::Caller)
    }
}
