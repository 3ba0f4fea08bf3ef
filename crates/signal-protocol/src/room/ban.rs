//! Who may not come back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{UserId, timestamp};

/// Somebody who is banned from a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ban {
    /// Who.
    pub user_id: UserId,
    /// Who banned them.
    pub by: UserId,
    /// Why, in the words of whoever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    #[serde(with = "timestamp")]
    pub since: DateTime<Utc>,
    /// Until when; for ever if absent.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub until: Option<DateTime<Utc>>,
}

/// How to ban somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BanRequest {
    /// Why: at most 200 characters. Those who moderate the room can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when; for ever if absent.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub until: Option<DateTime<Utc>>,
}

/// Why somebody was sent out of a room. A client treats a reason that it does not know as `kicked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// A moderator sent them out; they may come back in a while.
    Kicked,
    /// A moderator sent them out, and they may not come back before the ban ends.
    Banned,
    /// They are no member any more.
    Removed,
    /// Their login was ended.
    SignedOut,
}

impl RemovalReason {
    /// The reason's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kicked => "kicked",
            Self::Banned => "banned",
            Self::Removed => "removed",
            Self::SignedOut => "signed_out",
        }
    }
}
