//! What is stored of rooms and their members, as JSON.
//!
//! Two releases read and write the same records during an upgrade: each keeps the fields that it does not know, and refuses
//! a schema that is not its own.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{Role, RoomId, UserId, timestamp};

use crate::stored::{Extra, Schema};

/// The record `room:<room>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomRecord {
    /// What the fields mean.
    pub(crate) schema: Schema,
    /// What to call it in front of people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// How many may be in it at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_participants: Option<NonZeroU32>,
    /// What the application keeps with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<String>,
    /// When it was made.
    #[serde(with = "timestamp")]
    pub(crate) created_at: DateTime<Utc>,
    /// Who made it.
    pub(crate) created_by: UserId,
    /// It is being deleted: it is there for nobody any more, and no longer than until its members are cleared away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deleted: Option<Deleted>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// The deletion of a room that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deleted {
    /// When it began.
    #[serde(with = "timestamp")]
    pub(crate) at: DateTime<Utc>,
    /// Who wanted it.
    pub(crate) by: UserId,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl RoomRecord {
    /// Whether it is there for anybody.
    pub(crate) fn is_open(&self) -> bool {
        self.deleted.is_none()
    }
}

/// The record `member:<room>/<user>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemberRecord {
    /// What the fields mean.
    pub(crate) schema: Schema,
    /// What they may do.
    pub(crate) role: Role,
    /// Since when they have this role.
    #[serde(with = "timestamp")]
    pub(crate) since: DateTime<Utc>,
    /// Who gave it to them.
    pub(crate) by: UserId,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// The index `members:<room>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemberIndex {
    /// What the fields mean.
    pub(crate) schema: Schema,
    /// Who is a member, and as what.
    #[serde(default)]
    pub(crate) members: BTreeMap<UserId, Role>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// The index `rooms-of:<user>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomIndex {
    /// What the fields mean.
    pub(crate) schema: Schema,
    /// Of which rooms they are a member, and as what.
    #[serde(default)]
    pub(crate) rooms: BTreeMap<RoomId, Role>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl MemberIndex {
    /// Whether there is nothing to keep: the index is to be deleted.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.extra.is_empty()
    }
}

impl RoomIndex {
    /// Whether there is nothing to keep: the index is to be deleted.
    pub(crate) fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.extra.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    const AT: &str = "2026-01-31T09:30:00.000Z";

    /// It is read and written again as it was.
    fn keeps<T: Serialize + DeserializeOwned>(stored: &Value) {
        let read: T = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), *stored);
    }

    #[test]
    fn what_a_newer_release_wrote_is_kept() {
        keeps::<RoomRecord>(&json!({
            "schema": 1, "name": "Stand-up", "max_participants": 7, "metadata": "{}", "created_at": AT, "created_by": "root",
            "deleted": { "at": AT, "by": "root", "why": "new" }, "colour": ["new"],
        }));
        keeps::<RoomRecord>(&json!({ "schema": 1, "created_at": AT, "created_by": "root" }));
        keeps::<MemberRecord>(&json!({
            "schema": 1, "role": "viewer", "since": AT, "by": "root", "invited": { "new": true },
        }));
        keeps::<MemberIndex>(&json!({ "schema": 1, "members": { "ann": "viewer" }, "new": 1 }));
        keeps::<RoomIndex>(&json!({ "schema": 1, "rooms": { "standup": "moderator" }, "new": 1 }));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        fn is_refused<T: DeserializeOwned>(stored: &Value) {
            assert!(serde_json::from_value::<T>(stored.clone()).is_err(), "{stored}");
        }
        is_refused::<RoomRecord>(&json!({ "schema": 2, "created_at": AT, "created_by": "root" }));
        is_refused::<RoomRecord>(&json!({ "created_at": AT, "created_by": "root" }));
        is_refused::<RoomRecord>(
            &json!({ "schema": 1, "created_at": AT, "created_by": "root", "max_participants": 0 }),
        );
        is_refused::<MemberRecord>(&json!({ "schema": 1, "role": "owner", "since": AT, "by": "root" }));
        is_refused::<MemberIndex>(&json!({ "schema": 1, "members": { "ann": "owner" } }));
        is_refused::<MemberIndex>(&json!({ "schema": 1, "members": { "a/b": "viewer" } }));
        is_refused::<RoomIndex>(&json!({ "schema": 2 }));
    }
}
