//! The records of a room: of each stay in it, and of itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{CallId, DeviceId, MediaSource, Role, RoomId, Tenant, UserId, timestamp};

/// One stay of one device in a room, from coming in to going out, by what LiveKit says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionDetail {
    /// The number of the record's meaning: 1.
    pub schema: u32,
    /// The record's id: made of the tenant, the room's and the participant's `sid`, so that who tells it twice tells the same.
    pub id: Uuid,
    /// The tenant; ids of users and rooms are unique within one.
    pub tenant: Tenant,
    /// Which room.
    pub room_id: RoomId,
    /// The call whose room it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// LiveKit's own id of this life of the room.
    pub room_sid: String,
    /// LiveKit's own id of this stay.
    pub participant_sid: String,
    /// What LiveKit calls them: `<user id>:<device>`.
    pub identity: String,
    /// Who; absent for one whom somebody else let in, such as a recorder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// With which of their devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// What they were let in as, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// When they came, by LiveKit's clock.
    #[serde(with = "timestamp")]
    pub joined_at: DateTime<Utc>,
    /// When they went: as LiveKit said, or when it was found out that they are gone.
    #[serde(with = "timestamp")]
    pub left_at: DateTime<Utc>,
    /// From one to the other, in milliseconds.
    pub duration_ms: u64,
    /// How they went.
    pub reason: LeaveReason,
    /// What they sent at any time, as far as it was noticed.
    pub sources: Vec<MediaSource>,
}

/// One life of a room in LiveKit, from its making to its end, whether anybody came or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomDetail {
    /// The number of the record's meaning: 1.
    pub schema: u32,
    /// The record's id: made of the tenant and the room's `sid`, so that who tells it twice tells the same.
    pub id: Uuid,
    /// The tenant; ids of users and rooms are unique within one.
    pub tenant: Tenant,
    /// Which room.
    pub room_id: RoomId,
    /// The call whose room it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// LiveKit's own id of this life of the room.
    pub room_sid: String,
    /// When it was made, by LiveKit's clock; absent where LiveKit has not said.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended: as LiveKit said, or when it was found out that it is gone.
    #[serde(with = "timestamp")]
    pub ended_at: DateTime<Utc>,
    /// From one to the other, in milliseconds; absent with `started_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

/// How somebody went out of a room. Whoever reads records treats a reason that it does not know as `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// They left.
    Left,
    /// They were sent out: kicked, banned, removed, or their login ended.
    Removed,
    /// The room was ended, or ended because everybody had left.
    RoomEnded,
    /// The same device came anew.
    Replaced,
    /// Their connection broke, or never came about in full.
    ConnectionLost,
    /// Their media failed.
    MediaFailed,
    /// The LiveKit server was shut down.
    ServerShutdown,
    /// They are gone, and nobody has said how.
    Unknown,
}

impl LeaveReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Left,
        Self::Removed,
        Self::RoomEnded,
        Self::Replaced,
        Self::ConnectionLost,
        Self::MediaFailed,
        Self::ServerShutdown,
        Self::Unknown,
    ];

    /// The reason's word in a record.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Removed => "removed",
            Self::RoomEnded => "room_ended",
            Self::Replaced => "replaced",
            Self::ConnectionLost => "connection_lost",
            Self::MediaFailed => "media_failed",
            Self::ServerShutdown => "server_shutdown",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_keep_their_words() {
        for reason in LeaveReason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("a reason is a string"), reason.as_str());
        }
    }
}
