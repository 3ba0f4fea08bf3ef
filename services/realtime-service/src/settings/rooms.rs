//! `REALTIME__ROOMS__…`

use schemars::JsonSchema;
use serde::Deserialize;

/// What may be kept here of rooms and members, where there is a `redis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoomsSettings {
    /// How many members a room may have.
    #[schemars(range(min = 1, max = 1000))]
    pub members_max: u32,
    /// Of how many rooms one person may be a member.
    #[schemars(range(min = 1, max = 1000))]
    pub rooms_per_user_max: u32,
    /// The largest `max_participants` that a room may be given.
    #[schemars(range(min = 1, max = 100_000))]
    pub participants_max: u32,
}

impl Default for RoomsSettings {
    fn default() -> Self {
        Self { members_max: 1000, rooms_per_user_max: 1000, participants_max: 1000 }
    }
}
