//! The record `whereabouts:<user>`: in which rooms somebody is.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{RoomId, timestamp};
use store::{Key, Write};

use crate::stored::{Extra, Schema, json};

/// For how long it is kept if nothing changes it. The reconciler renews that of whoever stays, when half of it is over.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// In which rooms somebody is now, with whichever device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Whereabouts {
    /// What the fields mean.
    pub(crate) schema: Schema,
    /// Each room.
    #[serde(default)]
    pub(crate) rooms: BTreeMap<RoomId, Stay>,
    /// Up to when it is kept, by the store's clock. An older release repeats it, whatever it keeps itself: that it ends is believed
    /// too early then, which costs a write.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) kept_until: Option<DateTime<Utc>>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// Being in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stay {
    /// Since when.
    #[serde(with = "timestamp")]
    pub(crate) since: DateTime<Utc>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Whereabouts {
    /// They are in the room since then; without a time they are not.
    pub(super) fn set(&mut self, room: &RoomId, since: Option<DateTime<Utc>>) {
        match since {
            Some(since) => {
                let extra = self.rooms.remove(room).map(|stay| stay.extra).unwrap_or_default();
                self.rooms.insert(room.clone(), Stay { since, extra });
            }
            None => {
                self.rooms.remove(room);
            }
        }
    }

    /// Whether it is not known that they are in the room, or less than half of the time is left for which it is kept.
    pub(super) fn is_fading(&self, room: &RoomId, now: DateTime<Utc>) -> bool {
        !self.rooms.contains_key(room) || self.kept_until.is_none_or(|until| until < now + KEPT / 2)
    }
}

/// Somebody who is nowhere has no record.
pub(super) fn put_whereabouts(key: Key, record: Whereabouts, now: DateTime<Utc>) -> Write {
    if record.rooms.is_empty() && record.extra.is_empty() {
        return Write::Delete { key };
    }
    let record = Whereabouts { kept_until: Some(now + KEPT), ..record };
    Write::Put { key, data: json(&record), refs: Vec::new(), ttl: Some(KEPT) }
}
