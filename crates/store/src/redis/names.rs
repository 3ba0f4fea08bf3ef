//! How keys are called in Redis.

use signal_protocol::Tenant;

use crate::Key;

/// The consumer group of every queue. One is enough: each queue is worked off by one kind of worker.
pub(super) const GROUP: &str = "workers";

/// The names of one tenant's keys. They begin with its hash tag, so that one script may touch all of them in a cluster.
#[derive(Debug, Clone)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn of(tenant: &Tenant) -> Self {
        Self { prefix: format!("{{t:{tenant}}}:") }
    }

    /// What every name begins with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn key(&self, key: &Key) -> String {
        self.own(key.as_str())
    }

    /// Where a log's offsets are, beside its entries.
    pub(super) fn log_state(&self, log: &Key) -> String {
        self.joined(&["log@", log.as_str()])
    }

    pub(super) fn timers(&self) -> String {
        self.own(TIMERS)
    }

    pub(super) fn bell(&self) -> String {
        self.own(BELL)
    }

    pub(super) fn epoch(&self) -> String {
        self.own("epoch")
    }

    fn own(&self, name: &str) -> String {
        self.joined(&[name])
    }

    /// Made once, at its size: a commit has some dozen.
    fn joined(&self, parts: &[&str]) -> String {
        let mut name =
            String::with_capacity(self.prefix.len() + parts.iter().map(|part| part.len()).sum::<usize>());
        name.push_str(&self.prefix);
        for part in parts {
            name.push_str(part);
        }
        name
    }
}

/// The stream of the bell, for errors that name it.
pub(super) const BELL: &str = "bell";
/// The sorted set of timers, for errors that name it.
pub(super) const TIMERS: &str = "timers";
