//! The settings of the listeners.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::Faults;

use crate::Network;

/// Listeners, and what a request may look like before anybody reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Where the API is served: address and port.
    pub listen: SocketAddr,
    /// Where `/livez`, `/readyz`, `/metrics` and `/info` are served. Never make it public.
    pub management_listen: SocketAddr,
    /// Addresses and CIDR blocks of the proxies in front. Only from them is `X-Forwarded-For` believed and a trace
    /// continued.
    pub trusted_proxies: Vec<Network>,
    /// Threads that serve requests; as many as there are processors if not set.
    #[schemars(range(min = 1, max = 512))]
    pub workers: Option<u16>,
    /// The largest body, in bytes; more is refused with 413.
    #[schemars(range(min = 1024, max = 16_777_216))]
    pub body_limit_bytes: u32,
    /// The largest block of headers, in bytes; more is refused with 431.
    #[schemars(range(min = 1024, max = 65_536))]
    pub header_limit_bytes: u32,
    /// The most headers; more are refused with 431.
    #[schemars(range(min = 16, max = 96))]
    pub header_count_limit: u16,
    /// The longest path with query, in bytes; a longer one is refused with 400.
    #[schemars(range(min = 256, max = 32_768))]
    pub url_limit_bytes: u32,
    /// How long the head of a request may take to arrive, in milliseconds; then 408.
    #[schemars(range(min = 10, max = 60_000))]
    pub header_timeout_ms: u32,
    /// How long the body of a request may take to arrive, in milliseconds; then 408.
    #[schemars(range(min = 10, max = 60_000))]
    pub body_timeout_ms: u32,
    /// How long a client may take nothing of an answer that waits for it, in milliseconds; then the connection is reset.
    #[schemars(range(min = 10, max = 60_000))]
    pub write_timeout_ms: u32,
    /// How long a handler may take once the request is complete, in milliseconds; then 500. A last resort: every call
    /// that a handler makes has a shorter limit of its own.
    #[schemars(range(min = 10, max = 60_000))]
    pub handler_timeout_ms: u32,
    /// How long an idle connection is kept, in seconds. Longer than the gateway keeps its own, so that it is the
    /// gateway that closes and no request meets a closing connection.
    #[schemars(range(min = 1, max = 3_600))]
    pub keep_alive_seconds: u32,
    /// On SIGTERM: how long to go on serving while unready, in seconds, so that load balancers notice first.
    #[schemars(range(min = 0, max = 30))]
    pub drain_seconds: u32,
    /// After that: how long requests in flight may take to finish, in seconds.
    #[schemars(range(min = 1, max = 30))]
    pub stop_seconds: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8081)),
            management_listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9081)),
            trusted_proxies: Vec::new(),
            workers: None,
            body_limit_bytes: 64 * 1024,
            header_limit_bytes: 16 * 1024,
            header_count_limit: 64,
            url_limit_bytes: 8 * 1024,
            header_timeout_ms: 5_000,
            body_timeout_ms: 5_000,
            write_timeout_ms: 5_000,
            handler_timeout_ms: 2_000,
            keep_alive_seconds: 150,
            drain_seconds: 5,
            stop_seconds: 30,
        }
    }
}

impl ServerSettings {
    /// The rules that span several settings.
    pub fn check(&self, faults: &mut Faults) {
        // Of 45 in all: some are left for the last work in the background and the last spans.
        const LONGEST_END_SECONDS: u32 = 38;
        if self.listen == self.management_listen && self.listen.port() != 0 {
            faults.add("management_listen", "is the same as `listen`; it must be another port");
        }
        if self.drain_seconds + self.stop_seconds > LONGEST_END_SECONDS {
            let sum = self.drain_seconds + self.stop_seconds;
            faults.add(
                "stop_seconds",
                format!("and `drain_seconds` add up to {sum}; they must not exceed {LONGEST_END_SECONDS}"),
            );
        }
    }

    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms.into())
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms.into())
    }

    pub(crate) fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms.into())
    }

    pub(crate) fn handler_timeout(&self) -> Duration {
        Duration::from_millis(self.handler_timeout_ms.into())
    }

    pub(crate) fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds.into())
    }
}
