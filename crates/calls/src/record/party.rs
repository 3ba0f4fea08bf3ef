//! One person in the record of a call.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{DeviceId, MediaState, Party, PartyRole, PartyState, UserId, timestamp};

use super::{DeviceRecord, Due, Extra, LegKind, Timer};

mod reading;

/// Where a person stands, with what is valid there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stance {
    /// Is being rung: `invited`, or `ringing` once a device shows it.
    Rung(Rung),
    /// Is in the call.
    Accepted(Seat),
    /// Said no.
    Declined {
        /// When.
        #[serde(with = "timestamp")]
        at: DateTime<Utc>,
        /// What they said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Could not be rung, or is rung no more because of something else.
    Busy {
        /// Since when.
        #[serde(with = "timestamp")]
        at: DateTime<Utc>,
        /// Because of what.
        because: BusyBecause,
    },
    /// Was in the call and is no more.
    Left {
        /// When.
        #[serde(with = "timestamp")]
        at: DateTime<Utc>,
    },
    /// The ring ended without an answer.
    Missed {
        /// When.
        #[serde(with = "timestamp")]
        at: DateTime<Utc>,
        /// Whether a device had been notified: `no_answer`, else `unreachable`.
        notified: bool,
    },
}

/// A ring that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Exactly then is in time, later is not.
    #[serde(with = "timestamp")]
    pub until: DateTime<Utc>,
    /// Whether a device has said that it shows the ring.
    #[serde(default)]
    pub shown: bool,
    /// Whether a device knows of the ring, and whether the application's push service was asked for help.
    pub attention: Attention,
    /// Rings nobody: the person has blocked whoever rings. Others see a ring like any other.
    #[serde(default)]
    pub silent: bool,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Whether a device knows of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Attention {
    /// A device is present and will be notified any moment; if not, the hook `ring.unseen` goes out after `until`.
    Awaited {
        /// When the patience ends.
        #[serde(with = "timestamp")]
        until: DateTime<Utc>,
    },
    /// A device was notified, and no hook was needed.
    Notified,
    /// The hook `ring.unseen` went out, so `ring.over` must follow.
    Alerted {
        /// Whether a device was notified after all.
        notified: bool,
    },
}

/// A person's place in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// With which device.
    pub device: DeviceId,
    /// The public key of that device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How its media stand, once it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaState>,
    /// Whether it ever said `connected` since the call is active.
    #[serde(default)]
    pub connected: bool,
    /// The last sign of life that is in this record: the command that took the seat, or a report of LiveKit.
    #[serde(with = "timestamp")]
    pub seen_at: DateTime<Utc>,
    /// Whether LiveKit has ever listed them in the room.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_room: bool,
    /// Since when LiveKit lists them no more, or not yet though the call has come about.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<DateTime<Utc>>,
    /// When to look whether the device is still alive.
    #[serde(with = "timestamp")]
    pub check_at: DateTime<Utc>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Why somebody is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusyBecause {
    /// In another call, or being rung by one.
    InAnotherCall,
    /// Does not want to be disturbed.
    DoNotDisturb,
    /// Called somebody, or joined another call, instead of answering.
    Dialled,
    /// Declined with the reason `busy`.
    SaidSo,
}

/// That somebody came into a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When they did for the first time.
    #[serde(with = "timestamp")]
    pub at: DateTime<Utc>,
    /// With which device they did last.
    pub device: DeviceId,
}

/// One person in the record of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRecord {
    /// Who.
    pub user_id: UserId,
    /// Caller or callee.
    pub role: PartyRole,
    /// Where they stand.
    pub stance: Stance,
    /// Their devices that had to do with the call, [`crate::MAX_DEVICES`] at most.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub devices: BTreeMap<DeviceId, DeviceRecord>,
    /// Whether they ever answered, yes or no. Who did has not missed the call, whatever came later.
    #[serde(default)]
    pub responded: bool,
    /// A party for the others alone: has blocked who rang, is told nothing, and finds no such call.
    #[serde(default)]
    pub hidden: bool,
    /// Whether a moderator took them out. They are back only once somebody adds them again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// When they were rung last, where that was not when the call was made. Nothing rests on it but the record of the call.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub added_at: Option<DateTime<Utc>>,
    /// That they came into the call, if they ever did. The same goes for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Rung {
    /// Whether any device knows of the ring. A silent one counts as notified, so that it ends `no_answer`.
    #[must_use]
    pub const fn notified(&self) -> bool {
        match self.attention {
            Attention::Awaited { .. } => false,
            Attention::Notified => true,
            Attention::Alerted { notified } => notified,
        }
    }
}

impl PartyRecord {
    /// The party as everybody sees it.
    #[must_use]
    pub fn view(&self) -> Party {
        let seat = self.seat();
        Party {
            user_id: self.user_id.clone(),
            role: self.role,
            state: self.state(),
            device: seat.map(|seat| seat.device.clone()),
            key: seat.and_then(|seat| seat.key.clone()),
            media_state: seat.and_then(|seat| seat.media),
        }
    }

    /// Where they stand, in the words of the wire.
    #[must_use]
    pub const fn state(&self) -> PartyState {
        match &self.stance {
            Stance::Rung(Rung { shown: false, .. }) => PartyState::Invited,
            Stance::Rung(Rung { shown: true, .. }) => PartyState::Ringing,
            Stance::Accepted(_) => PartyState::Accepted,
            Stance::Declined { .. } => PartyState::Declined,
            Stance::Busy { .. } => PartyState::Busy,
            Stance::Left { .. } => PartyState::Left,
            Stance::Missed { .. } => PartyState::Missed,
        }
    }

    /// Their place in the call, if they are in it.
    #[must_use]
    pub const fn seat(&self) -> Option<&Seat> {
        match &self.stance {
            Stance::Accepted(seat) => Some(seat),
            Stance::Rung(_)
            | Stance::Declined { .. }
            | Stance::Busy { .. }
            | Stance::Left { .. }
            | Stance::Missed { .. } => None,
        }
    }

    /// Their ring, if they are being rung.
    #[must_use]
    pub const fn rung(&self) -> Option<&Rung> {
        match &self.stance {
            Stance::Rung(rung) => Some(rung),
            Stance::Accepted(_)
            | Stance::Declined { .. }
            | Stance::Busy { .. }
            | Stance::Left { .. }
            | Stance::Missed { .. } => None,
        }
    }

    /// The leg that this makes in a live call. A silent ring keeps nobody from anything.
    pub(crate) fn leg(&self) -> Option<LegKind> {
        match (self.rung(), self.seat()) {
            (_, Some(_)) => Some(LegKind::Engaged),
            (Some(rung), None) if !rung.silent => Some(LegKind::Ringing),
            (Some(_) | None, None) => None,
        }
    }

    /// Whether they hear of changes.
    pub(crate) fn is_told(&self) -> bool {
        !self.hidden && !self.rung().is_some_and(|rung| rung.silent)
    }

    /// What the call waits for on behalf of this party, which stands at `place`.
    pub(crate) fn timers(&self, place: usize) -> impl Iterator<Item = Timer> + use<> {
        let ring = self.rung().map(|rung| Timer { at: rung.until, due: Due::Ring(place) });
        let unseen = self.rung().and_then(|rung| match rung.attention {
            Attention::Awaited { until } => Some(Timer { at: until, due: Due::Unseen(place) }),
            Attention::Notified | Attention::Alerted { .. } => None,
        });
        let lease = self.seat().map(|seat| Timer { at: seat.check_at, due: Due::Lease(place) });
        ring.into_iter().chain(unseen).chain(lease)
    }
}
