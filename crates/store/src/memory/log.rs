//! A log and what is kept of it.

use std::collections::VecDeque;

use clock::{DateTime, Utc};

use super::delta;
use crate::log::{MAX_PAGE, STATE_OUTLIVES_ENTRIES};
use crate::{LogBounds, LogEntry};

/// A log.
///
/// Nothing is kept about each entry's age. Instead there is a mark: the newest offset at one instant. When the mark is as old
/// as entries may get, all up to it are dropped and a new mark is made.
pub(super) struct Log {
    entries: VecDeque<Vec<u8>>,
    pub(super) last: u64,
    pub(super) floor: u64,
    pub(super) born: u64,
    mark: u64,
    marked_at: DateTime<Utc>,
    /// When all entries are too old.
    entries_end: DateTime<Utc>,
    /// When even the offsets are forgotten.
    pub(super) end: DateTime<Utc>,
}

impl Log {
    pub(super) const fn new(born: u64, now: DateTime<Utc>) -> Self {
        Self {
            entries: VecDeque::new(),
            last: 0,
            floor: 0,
            born,
            mark: 0,
            marked_at: now,
            entries_end: now,
            end: now,
        }
    }

    /// Drops everything when the last entry is too old.
    pub(super) fn forget(&mut self, now: DateTime<Utc>) {
        if self.entries_end < now {
            self.drop_up_to(self.last);
        }
    }

    /// Adds an entry and gives its offset.
    pub(super) fn append(&mut self, entry: Vec<u8>, bounds: &LogBounds, now: DateTime<Utc>) -> u64 {
        self.forget(now);
        let max_age = delta(bounds.max_age);
        self.last += 1;
        self.entries.push_back(entry);
        if now - self.marked_at >= max_age {
            self.drop_up_to(self.mark);
            self.mark = self.last;
            self.marked_at = now;
        }
        self.drop_up_to(self.last.saturating_sub(bounds.max_entries.max(1) as u64));
        self.entries_end = now + max_age;
        self.end = self.entries_end + delta(STATE_OUTLIVES_ENTRIES);
        self.last
    }

    fn drop_up_to(&mut self, offset: u64) {
        while self.floor < offset && self.entries.pop_front().is_some() {
            self.floor += 1;
        }
    }

    pub(super) fn after(&self, after: u64, limit: usize) -> Vec<LogEntry> {
        self.offsets().filter(|entry| entry.0 > after).take(limit.min(MAX_PAGE)).map(entry).collect()
    }

    pub(super) fn before(&self, before: Option<u64>, limit: usize) -> Vec<LogEntry> {
        let before = before.unwrap_or(u64::MAX);
        let newest_first = self.offsets().rev();
        newest_first.filter(|entry| entry.0 < before).take(limit.min(MAX_PAGE)).map(entry).collect()
    }

    fn offsets(&self) -> impl DoubleEndedIterator<Item = (u64, &Vec<u8>)> {
        let last = self.last;
        self.entries.iter().rev().enumerate().map(move |(back, data)| (last - back as u64, data)).rev()
    }
}

fn entry((offset, data): (u64, &Vec<u8>)) -> LogEntry {
    LogEntry { offset, data: data.clone() }
}
