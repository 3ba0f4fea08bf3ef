//! Logs: entries with contiguous offsets, of which the older are dropped.

use std::time::Duration;

use clock::{DateTime, Utc};

use crate::Epoch;

/// How many entries one page has at most.
pub const MAX_PAGE: usize = 1_000;

/// For how much longer than its entries a log knows what it has had. A log that was born again after that says so by `born`.
pub(crate) const STATE_OUTLIVES_ENTRIES: Duration = Duration::from_hours(24);

/// What is kept of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBounds {
    /// Of more entries than this (at least 1) the oldest are dropped.
    pub max_entries: usize,
    /// No entry is dropped for its age before this, to the millisecond; each is gone after twice this, and at the latest this
    /// long after the last one.
    pub max_age: Duration,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// The offset of the newest entry there ever was; 0 if there never was one.
    pub last: u64,
    /// Entries up to this offset are gone: whoever has not read them has missed them.
    pub floor: u64,
    /// When the log was made, as an opaque number: an offset means nothing in a log born at another time. 0: there is no log.
    pub born: u64,
    /// The state of the server that the offsets belong to.
    pub epoch: Epoch,
    /// The server's time.
    pub now: DateTime<Utc>,
}

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// 1, 2, 3, … without a hole.
    pub offset: u64,
    /// What was appended.
    pub data: Vec<u8>,
}
