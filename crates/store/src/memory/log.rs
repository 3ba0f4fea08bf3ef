//! A log and what is kept of it.

use std::collections::{BTreeMap, VecDeque};

use clock::{DateTime, Utc};

use super::delta;
use crate::log::{MAX_PAGE, STATE_OUTLIVES_ENTRIES};
use crate::{Attachment, Key, LogBounds};

/// A log.
///
/// Nothing is kept about each entry's age. Instead there is a mark: the newest offset at one instant. When the mark is as old
/// as entries may get, all up to it are dropped and a new mark is made.
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// Up to which offset each reader has consumed what is for it, while there are entries up to there.
    consumed: BTreeMap<String, u64>,
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

/// What is kept of an entry.
pub(super) struct Entry {
    pub(super) data: Vec<u8>,
    pub(super) attachment: Option<Attachment>,
}

impl Log {
    pub(super) fn new(born: u64, now: DateTime<Utc>) -> Self {
        Self {
            entries: VecDeque::new(),
            consumed: BTreeMap::new(),
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
    pub(super) fn append(&mut self, entry: Entry, bounds: &LogBounds, now: DateTime<Utc>) -> u64 {
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
        if self.entries_end - now < max_age {
            self.entries_end = now + max_age * 2;
        }
        self.end = self.entries_end + delta(STATE_OUTLIVES_ENTRIES);
        self.last
    }

    fn drop_up_to(&mut self, offset: u64) {
        while self.floor < offset && self.entries.pop_front().is_some() {
            self.floor += 1;
        }
        self.consumed.retain(|_, up_to| *up_to > self.floor);
    }

    pub(super) fn after(&self, after: u64, limit: usize) -> Vec<(u64, &Entry)> {
        self.offsets().filter(|entry| entry.0 > after).take(limit.min(MAX_PAGE)).collect()
    }

    pub(super) fn before(&self, before: Option<u64>, limit: usize) -> Vec<(u64, &Entry)> {
        let before = before.unwrap_or(u64::MAX);
        self.offsets().rev().filter(|entry| entry.0 < before).take(limit.min(MAX_PAGE)).collect()
    }

    /// The records that `reader` has not consumed, of entries that are there and up to `up_to`.
    pub(super) fn unconsumed(&self, reader: &str, up_to: u64) -> impl Iterator<Item = &Key> {
        let consumed = self.consumed.get(reader).copied().unwrap_or_default();
        let entries = self.offsets().filter(move |(offset, _)| *offset > consumed && *offset <= up_to);
        let attachments = entries.filter_map(|(_, entry)| entry.attachment.as_ref());
        attachments.filter(move |to| to.reader.as_deref() == Some(reader)).map(|to| &to.record)
    }

    /// The records that `reader` has not consumed up to `up_to`, and now has.
    pub(super) fn consume(&mut self, reader: &str, up_to: u64, now: DateTime<Utc>) -> Vec<Key> {
        self.forget(now);
        let up_to = up_to.min(self.last);
        let records = self.unconsumed(reader, up_to).cloned().collect();
        if up_to > self.floor {
            let consumed = self.consumed.entry(reader.to_owned()).or_default();
            *consumed = up_to.max(*consumed);
        }
        records
    }

    fn offsets(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        let last = self.last;
        self.entries.iter().rev().enumerate().map(move |(back, entry)| (last - back as u64, entry)).rev()
    }
}
