//! The settings of how often somebody may ask.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Quota;

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
    /// How many bytes one caller's signals may carry in a minute, all of them at once at most. What they carry is in the
    /// store for up to five minutes, so this is what bounds the memory that one caller takes up there: with a burst of one
    /// minute, six times as much.
    pub signal_bytes_per_minute: NonZeroU32,
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
            signal_bytes_per_minute: const { times(8 * 1024 * 1024) },
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

    /// How many bytes one caller's signals may carry.
    #[must_use]
    pub fn signal_bytes(&self) -> Quota {
        Quota::per_minute(self.signal_bytes_per_minute)
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
