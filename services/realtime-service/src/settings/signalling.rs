//! `REALTIME__SIGNALLING__…`

use std::num::NonZeroU32;
use std::time::Duration;

use ::settings::Faults;
use http_server::ServerSettings;
use schemars::JsonSchema;
use serde::Deserialize;
use signalling::Limits;

/// What is left of `stop_seconds` for the last farewells themselves.
const LAST_FAREWELLS_SECONDS: u32 = 3;

/// What one socket may ask for, and how many there may be. Each replica counts on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignallingSettings {
    /// How long a client may take until its `hello`, in seconds.
    #[schemars(range(min = 1, max = 60))]
    pub hello_seconds: u32,
    /// How often the server pings, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub ping_seconds: u32,
    /// How often it does while the device is in a call, in seconds: a device that is gone must be missed in time.
    #[schemars(range(min = 1, max = 15))]
    pub ping_in_call_seconds: u32,
    /// After how many pings without an answer a client is taken to be gone.
    #[schemars(range(min = 1, max = 10))]
    pub missed_pings: u32,
    /// The longest message of a client, in bytes, whether it comes in one frame or in several.
    #[schemars(range(min = 1024, max = 1_048_576))]
    pub message_bytes: usize,
    /// How many messages a client may send in a second.
    pub messages_per_second: NonZeroU32,
    /// How many of them may come at once.
    pub messages_burst: NonZeroU32,
    /// How many sockets one user may have, with all their devices. One more is refused.
    #[schemars(range(min = 1, max = 1000))]
    pub sockets_per_user: usize,
    /// How many sockets one address may have before their `hello`. One more is refused.
    #[schemars(range(min = 1, max = 100_000))]
    pub sockets_per_address: usize,
    /// How many messages may wait for a client that reads slowly. One more closes its socket.
    #[schemars(range(min = 16, max = 10_000))]
    pub queue: usize,
    /// How long a client may take nothing of what waits for it, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub stall_seconds: u32,
    /// On SIGTERM: over how long a time clients are told to connect elsewhere, in seconds, so that they do not come all at
    /// once. It begins when load balancers have noticed (`SERVER__DRAIN_SECONDS`).
    #[schemars(range(min = 0, max = 25))]
    pub drain_seconds: u32,
}

impl Default for SignallingSettings {
    fn default() -> Self {
        const fn times(count: u32) -> NonZeroU32 {
            NonZeroU32::new(count).expect("a limit is at least one")
        }
        Self {
            hello_seconds: 5,
            ping_seconds: 20,
            ping_in_call_seconds: 5,
            missed_pings: 2,
            message_bytes: 64 * 1024,
            messages_per_second: const { times(20) },
            messages_burst: const { times(40) },
            sockets_per_user: 5,
            sockets_per_address: 20,
            queue: 256,
            stall_seconds: 10,
            drain_seconds: 15,
        }
    }
}

impl SignallingSettings {
    /// The rules that span several settings.
    pub(super) fn check(&self, server: &ServerSettings, faults: &mut Faults) {
        if self.drain_seconds > 0 && self.drain_seconds + LAST_FAREWELLS_SECONDS > server.stop_seconds {
            faults.add(
                "drain_seconds",
                format!(
                    "is {}; it must be {LAST_FAREWELLS_SECONDS} less than SERVER__STOP_SECONDS, which is {}, or the last sockets \
                     are cut without a word",
                    self.drain_seconds, server.stop_seconds
                ),
            );
        }
        if self.ping_in_call_seconds > self.ping_seconds {
            faults.add(
                "ping_in_call_seconds",
                "is more than `ping_seconds`; a call needs more pings, not fewer",
            );
        }
    }

    /// What one socket is held to.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            hello: seconds(self.hello_seconds),
            ping: seconds(self.ping_seconds),
            ping_in_call: seconds(self.ping_in_call_seconds),
            missed_pings: self.missed_pings,
            messages_per_second: self.messages_per_second.get(),
            burst: self.messages_burst.get(),
            queue: self.queue,
            read_ahead: self.queue.min(Limits::default().read_ahead),
            stall: seconds(self.stall_seconds),
            ..Limits::default()
        }
    }

    /// Over how long a time clients are sent away.
    pub(crate) const fn drain_spread(&self) -> Duration {
        seconds(self.drain_seconds)
    }
}

const fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(settings: SignallingSettings) -> Vec<String> {
        let service = ::settings::Service { name: "s", version: "0", prefix: "S", about: "" };
        let mut faults = Faults::new(&service);
        settings.check(&ServerSettings::default(), &mut faults);
        faults.iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn the_defaults_are_those_of_a_session_and_free_of_faults() {
        let settings = SignallingSettings::default();
        assert_eq!(settings.limits(), Limits::default());
        assert!(faults(settings).is_empty());
    }

    #[test]
    fn farewells_that_outlast_the_server_and_fewer_pings_in_a_call_are_faults() {
        let settings = SignallingSettings { ping_seconds: 4, ..SignallingSettings::default() };
        assert_eq!(faults(settings), ["S__PING_IN_CALL_SECONDS"]);
        let settings = SignallingSettings { drain_seconds: 28, ..SignallingSettings::default() };
        assert_eq!(faults(settings), ["S__DRAIN_SECONDS"]);
    }
}
