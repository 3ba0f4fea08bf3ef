//! Rooms as their members see them, and as those who keep them change them.

mod ban;
mod member;
mod participant;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Role, RoomId};

pub use ban::{Ban, BanRequest, RemovalReason};
pub use member::{Member, MemberRequest};
pub use participant::{MediaSource, MuteRequest, Participant};

/// A room, as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    /// The application's name for it.
    pub room_id: RoomId,
    /// What to call it in front of people, where the source of membership knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the caller may do there.
    pub role: Role,
    /// How many may be in it at once, where the room says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub max_participants: Option<NonZeroU32>,
    /// What the application keeps with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Whether anybody is in it now, by LiveKit's own list.
    pub live: bool,
}

/// What a room that is kept here is to be. It replaces what there was: a field that is left out is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRequest {
    /// What to call it in front of people: at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many may be in it at once; the service's own bound if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub max_participants: Option<NonZeroU32>,
    /// What the application keeps with it: at most 2,048 bytes. Nobody here looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}
