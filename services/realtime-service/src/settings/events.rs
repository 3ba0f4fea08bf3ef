//! `REALTIME__EVENTS__…`

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// How clients are told what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventsSettings {
    /// How long a poll is held open at most, in seconds, whatever its client asks for. Gateways and proxies in front must
    /// allow 5 seconds more. It is a part of how long it goes unnoticed that a polling device has lost power during a call.
    #[schemars(range(min = 1, max = 25))]
    pub wait_max_seconds: u32,
    /// How many events one answer has at most. The client comes back at once for more.
    #[schemars(range(min = 1, max = 1000))]
    pub batch: usize,
    /// How many polls of one device may be open on one replica. One more ends the oldest.
    #[schemars(range(min = 1, max = 16))]
    pub polls_per_device: usize,
    /// How many polls of one user, with all their devices, may be open on one replica. One more ends the oldest.
    #[schemars(range(min = 1, max = 1000))]
    pub polls_per_user: usize,
}

impl Default for EventsSettings {
    fn default() -> Self {
        Self { wait_max_seconds: 15, batch: 100, polls_per_device: 2, polls_per_user: 20 }
    }
}

impl EventsSettings {
    /// How long a poll is held open at most.
    pub(crate) const fn wait_max(&self) -> Duration {
        Duration::from_secs(self.wait_max_seconds as u64)
    }
}
