//! Rooms as their members see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Role, RoomId};

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
    /// Whether anybody is in it now, by LiveKit's own list.
    pub live: bool,
}
