//! Logs: entries with contiguous offsets, of which the older are dropped.

use std::time::Duration;

use clock::{DateTime, Utc};

use crate::{Epoch, Key};

/// How many entries one page has at most.
pub const MAX_PAGE: usize = 1_000;
/// Behind an entry with which a page that is read forwards has this many bytes, attachments included, the page ends. Everybody
/// else's answers wait behind one answer of the server, so none may be of any size.
pub const MAX_PAGE_BYTES: usize = 256 * 1_024;

/// For how much longer than its entries a log knows what it has had. A log that was born again after that says so by `born`.
pub(crate) const STATE_OUTLIVES_ENTRIES: Duration = Duration::from_hours(24);

/// What is kept of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBounds {
    /// Of more entries than this (at least 1) the oldest are dropped.
    pub max_entries: usize,
    /// No entry is dropped for its age before this, to the millisecond; each is gone after twice this.
    pub max_age: Duration,
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// Whether there is an attachment for the reader, at an entry up to where the page begins, that it has not consumed.
    pub has_unconsumed: bool,
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
    /// What the record holds that was appended with it.
    pub attachment: Attached,
}

impl LogEntry {
    /// What it adds to a page, in bytes.
    pub(crate) fn size(&self) -> usize {
        let attached = match &self.attachment {
            Attached::Data(data) => data.len(),
            Attached::None | Attached::Gone | Attached::Elsewhere => 0,
        };
        self.data.len() + attached
    }
}

/// A record that an entry is read with, though it may go before the entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Which record. Whoever appends puts it there, and sees to it that it ends.
    pub record: Key,
    /// Who alone reads it, by any name that is not empty; without one everybody does. A reader has it to consume for as long as
    /// the log has the entry.
    pub reader: Option<String>,
}

impl Attachment {
    /// Whether `reader` is not to read it. Nobody in particular reads everything.
    pub(crate) fn is_for_another_than(&self, reader: Option<&str>) -> bool {
        matches!((&self.reader, reader), (Some(whose), Some(reader)) if whose != reader)
    }
}

/// What came of an entry's attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// It has none.
    None,
    /// What the record holds.
    Data(Vec<u8>),
    /// The record is there no more.
    Gone,
    /// It is for another reader, and was not looked at.
    Elsewhere,
}
