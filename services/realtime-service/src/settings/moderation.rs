//! `REALTIME__MODERATION__…`

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// What moderators may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModerationSettings {
    /// For how long whoever was kicked may not come back, in seconds.
    #[schemars(range(min = 1, max = 3600))]
    pub kick_seconds: u32,
    /// How many people may be banned from one room at a time.
    #[schemars(range(min = 1, max = 10_000))]
    pub bans_per_room: usize,
}

impl Default for ModerationSettings {
    fn default() -> Self {
        Self { kick_seconds: 30, bans_per_room: 1_000 }
    }
}

impl ModerationSettings {
    /// For how long a kick bars.
    pub(crate) const fn kick(&self) -> Duration {
        Duration::from_secs(self.kick_seconds as u64)
    }
}
