//! `REALTIME__RECONCILE__…`

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// How often what is known of rooms is compared with what LiveKit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReconcileSettings {
    /// How often each room that is live is compared, in seconds. 15 to 30 outside of tests: what webhooks lost is wrong for
    /// so long, and LiveKit is asked once for each room.
    #[schemars(range(min = 1, max = 30))]
    pub seconds: u32,
}

impl Default for ReconcileSettings {
    fn default() -> Self {
        Self { seconds: 20 }
    }
}

impl ReconcileSettings {
    /// The time between two looks at a room.
    pub(crate) const fn period(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }
}
