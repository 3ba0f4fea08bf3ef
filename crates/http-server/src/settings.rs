//! The settings of listeners, limits and cross-origin requests.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::Faults;

use crate::{Network, Quota};

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

/// How often somebody may ask, counted by each replica on its own. Over a limit the answer is 429 with `Retry-After`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Joins of one caller in a minute.
    pub joins_per_minute: NonZeroU32,
    /// How many of those joins may come at once.
    pub joins_burst: NonZeroU32,
    /// Invites of one caller in a minute.
    pub invites_per_minute: NonZeroU32,
    /// Invites of one caller to the same person in a minute.
    pub invites_per_minute_to_one: NonZeroU32,
    /// People whom one caller may ring in a minute, all invites together.
    pub callees_per_minute: NonZeroU32,
    /// Reports of one caller about media in a minute.
    pub media_reports_per_minute: NonZeroU32,
    /// Other commands of one caller in a second: accepting, hanging up and the like.
    pub commands_per_second: NonZeroU32,
    /// How many of those commands may come at once.
    pub commands_burst: NonZeroU32,
    /// Signals of one caller in a second: descriptions and candidates of peer-to-peer calls.
    pub signals_per_second: NonZeroU32,
    /// How many of those signals may come at once.
    pub signals_burst: NonZeroU32,
    /// How often one caller may ask for the servers of peer-to-peer calls in a minute. Each answer is the right to a relay.
    pub ice_servers_per_minute: NonZeroU32,
    /// Reads of one caller in a second.
    pub reads_per_second: NonZeroU32,
    /// Refused tokens from one address in a minute. A good token always passes, and one that was good until it
    /// expired does not count.
    pub failed_authentications_per_minute: NonZeroU32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        const fn times(count: u32) -> NonZeroU32 {
            NonZeroU32::new(count).expect("a limit is at least one")
        }
        Self {
            joins_per_minute: const { times(30) },
            joins_burst: const { times(10) },
            invites_per_minute: const { times(20) },
            invites_per_minute_to_one: const { times(6) },
            callees_per_minute: const { times(200) },
            media_reports_per_minute: const { times(120) },
            commands_per_second: const { times(20) },
            commands_burst: const { times(40) },
            signals_per_second: const { times(20) },
            signals_burst: const { times(100) },
            ice_servers_per_minute: const { times(30) },
            reads_per_second: const { times(50) },
            failed_authentications_per_minute: const { times(10) },
        }
    }
}

impl LimitSettings {
    /// How often one caller may join.
    #[must_use]
    pub fn joins(&self) -> Quota {
        Quota::per_minute(self.joins_per_minute).burst(self.joins_burst)
    }

    /// How often one caller may invite.
    #[must_use]
    pub fn invites(&self) -> Quota {
        Quota::per_minute(self.invites_per_minute)
    }

    /// How often one caller may invite the same person.
    #[must_use]
    pub fn invites_to_one(&self) -> Quota {
        Quota::per_minute(self.invites_per_minute_to_one)
    }

    /// How many people one caller may ring.
    #[must_use]
    pub fn callees(&self) -> Quota {
        Quota::per_minute(self.callees_per_minute)
    }

    /// How often one caller may report how media stand.
    #[must_use]
    pub fn media_reports(&self) -> Quota {
        Quota::per_minute(self.media_reports_per_minute)
    }

    /// How often one caller may command anything else.
    #[must_use]
    pub fn commands(&self) -> Quota {
        Quota::per_second(self.commands_per_second).burst(self.commands_burst)
    }

    /// How often one caller may send a signal.
    #[must_use]
    pub fn signals(&self) -> Quota {
        Quota::per_second(self.signals_per_second).burst(self.signals_burst)
    }

    /// How often one caller may ask for ICE servers.
    #[must_use]
    pub fn ice_servers(&self) -> Quota {
        Quota::per_minute(self.ice_servers_per_minute)
    }

    /// How often one caller may read.
    #[must_use]
    pub fn reads(&self) -> Quota {
        Quota::per_second(self.reads_per_second)
    }

    pub(crate) fn failed_authentications(&self) -> Quota {
        Quota::per_minute(self.failed_authentications_per_minute)
    }
}

/// Which web pages may call the API from another origin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// Origins such as `https://app.example.org`, compared exactly. None: no other origin may. Pages of these alone may
    /// open a socket, so name the origin of the API as well if pages are served from it.
    pub origins: Vec<String>,
}

impl CorsSettings {
    /// Refuses what a browser would never send as an `Origin`.
    pub fn check(&self, faults: &mut Faults) {
        for (index, origin) in self.origins.iter().enumerate() {
            let exact = url::Url::parse(origin)
                .is_ok_and(|url| url.origin().is_tuple() && url.origin().ascii_serialization() == *origin);
            if !exact {
                faults.add(
                    &format!("origins.{index}"),
                    format!("is {origin:?}; it must be scheme, host and port alone, such as https://app.example.org"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(check: impl FnOnce(&mut Faults)) -> Vec<String> {
        let service = settings::Service { name: "s", version: "0", prefix: "S", about: "" };
        let mut faults = Faults::new(&service);
        check(&mut faults);
        faults.iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn the_defaults_are_free_of_faults() {
        assert!(faults(|faults| ServerSettings::default().check(faults)).is_empty());
    }

    #[test]
    fn an_end_that_takes_too_long_and_one_port_for_both_are_faults() {
        let settings = ServerSettings {
            management_listen: ServerSettings::default().listen,
            drain_seconds: 30,
            stop_seconds: 30,
            ..ServerSettings::default()
        };
        assert_eq!(faults(|faults| settings.check(faults)).len(), 2);
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Whole {
        environment: settings::Environment,
        server: ServerSettings,
        limits: LimitSettings,
        cors: CorsSettings,
    }

    impl settings::Settings for Whole {
        fn check(&self, faults: &mut Faults) {
            faults.section("server", |faults| self.server.check(faults));
            faults.section("cors", |faults| self.cors.check(faults));
        }
    }

    fn load(environment: &[(&str, &str)]) -> Result<Whole, Faults> {
        let service = settings::Service { name: "s", version: "0", prefix: "S", about: "" };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        settings::load(&service, None, environment)
    }

    #[test]
    fn every_section_is_read_from_the_environment() {
        let whole = load(&[
            ("S__SERVER__LISTEN", "127.0.0.1:0"),
            ("S__SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("S__SERVER__WORKERS", "2"),
            ("S__LIMITS__JOINS_PER_MINUTE", "7"),
            ("S__CORS__ORIGINS", "https://a.example,https://b.example"),
        ])
        .expect("no faults");
        assert!(whole.environment == settings::Environment::Production && whole.server.workers == Some(2));
        assert_eq!((whole.server.trusted_proxies.len(), whole.server.listen.port()), (2, 0));
        assert_eq!((whole.limits.joins_per_minute.get(), whole.cors.origins.len()), (7, 2));
    }

    #[test]
    fn what_is_wrong_is_told_by_the_name_of_its_variable() {
        for (name, value) in [
            ("S__SERVER__LISTEN", "nowhere"),
            ("S__SERVER__TRUSTED_PROXIES", "localhost"),
            ("S__SERVER__WORKERS", "0"),
            ("S__SERVER__BODY_LIMIT_BYTES", "-1"),
            ("S__LIMITS__JOINS_PER_MINUTE", "0"),
            ("S__CORS__ORIGINS", "*"),
        ] {
            let faults = load(&[(name, value)]).expect_err(name).to_string();
            assert!(faults.contains(name), "{faults}");
        }
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for (origin, right) in [
            ("https://app.example.org", true),
            ("http://localhost:5173", true),
            ("https://app.example.org/", false),
            ("https://app.example.org:443", false),
            ("HTTPS://app.example.org", false),
            ("app.example.org", false),
            ("*", false),
            ("null", false),
        ] {
            let settings = CorsSettings { origins: vec![origin.to_owned()] };
            assert_eq!(faults(|faults| settings.check(faults)).is_empty(), right, "{origin}");
        }
    }
}
