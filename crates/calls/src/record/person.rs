//! What is stored of a person: the leg they have in a call, which of their devices are alive, whom they want to hear.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{Availability, CallId, DeviceId, UserId};

use super::{CallRecord, Extra, Schema};

/// What a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegKind {
    /// Is being rung.
    Ringing,
    /// Has a call of their own: made it, or accepted it.
    Engaged,
}

/// The part of one person in one live call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Which call.
    pub call: CallId,
    /// What part.
    pub kind: LegKind,
}

/// The record `user:<id>`. One leg at most, by its very shape: who has one is busy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// What the fields mean.
    pub schema: Schema,
    /// The live leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<Leg>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

impl UserRecord {
    /// The call in which they have a leg.
    #[must_use]
    pub fn live_call(&self) -> Option<CallId> {
        self.leg.map(|leg| leg.call)
    }

    /// Whether there is nothing to keep: the record is to be deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leg.is_none() && self.extra.is_empty()
    }

    /// Whether the leg of `user` does not agree with `call`, the record that it names (`None`: there is none). The
    /// rules never leave such a leg and never count one as busy; the reaper removes what a lost write may leave.
    #[must_use]
    pub fn is_stale(&self, user: &UserId, call: Option<&CallRecord>) -> bool {
        self.leg.is_some_and(|leg| {
            call.is_none_or(|call| call.id != leg.call || call.leg(user) != Some(leg.kind))
        })
    }
}

/// Until when each device of a person counts as connected, from the store's leases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence(pub BTreeMap<DeviceId, DateTime<Utc>>);

impl Presence {
    /// Until when `device` is alive, or when it last was.
    #[must_use]
    pub fn until(&self, device: &DeviceId) -> Option<DateTime<Utc>> {
        self.0.get(device).copied()
    }

    /// Whether any device is connected at `now`.
    #[must_use]
    pub fn is_connected(&self, now: DateTime<Utc>) -> bool {
        self.0.values().any(|until| now <= *until)
    }
}

/// The record `block:<id>`: whom a person does not want to hear from, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// What the fields mean.
    pub schema: Schema,
    /// Who may not ring them, and since when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocked: BTreeMap<UserId, DateTime<Utc>>,
    /// Whether they may be rung at all.
    #[serde(default)]
    pub availability: Availability,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Preferences {
    /// Whether they do not want to hear from `user`.
    #[must_use]
    pub fn blocks(&self, user: &UserId) -> bool {
        self.blocked.contains_key(user)
    }

    /// Whether they do not want to be disturbed at `now`.
    #[must_use]
    pub fn is_undisturbed(&self, now: DateTime<Utc>) -> bool {
        self.availability.do_not_disturb && self.availability.until.is_none_or(|until| now < until)
    }
}
