//! What is changed at once, or not at all.

use std::time::Duration;

use clock::{DateTime, Utc};

use crate::{Attachment, EntryId, Key, LogBounds, Version, Word};

/// How many holders a key has leases of at most; of more, the one whose lease ends first is dropped.
pub const MAX_HOLDERS: usize = 32;

/// Changes that are made together if what they rest on still holds, and else not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// The records that must still have these versions.
    pub expect: Vec<(Key, Version)>,
    /// The last millisecond, by the server's clock, at which this may happen.
    pub not_after: Option<DateTime<Utc>>,
    /// The changes, made in this order.
    pub writes: Vec<Write>,
    /// Whether the answer waits for the replicas that the settings ask for.
    pub durable: bool,
}

/// One change. Every change of a record gives it a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Makes or replaces a record.
    Put {
        /// Which.
        key: Key,
        /// What it holds from now on.
        data: Vec<u8>,
        /// The records it refers to, for reads that follow.
        refs: Vec<Key>,
        /// How long it is kept, to the millisecond; none: until it is deleted.
        ttl: Option<Duration>,
    },
    /// Removes a record, if it is there.
    Delete {
        /// Which.
        key: Key,
    },
    /// Shortens the life of a record to `within` from now (to the millisecond), never prolongs it. No change of the record:
    /// it keeps its version. Where there is none, nothing happens.
    Expire {
        /// Which.
        key: Key,
        /// How long it is still kept.
        within: Duration,
    },
    /// Extends a holder's lease to `until`, never shortens it. Needs nothing to be expected: the order of several does not
    /// matter. A lease that changes nothing is no change of the record. The record goes an hour after its last lease.
    Lease {
        /// At which record.
        key: Key,
        /// Whose.
        holder: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// Ends a holder's lease at `at`, if there is one that ends later. It is still shown, so that whoever waits for a holder to
    /// come back knows since when it is gone.
    Release {
        /// At which record.
        key: Key,
        /// Whose.
        holder: String,
        /// When it ends instead.
        at: DateTime<Utc>,
    },
    /// Sets the timer of `member`, which has one at most.
    Schedule {
        /// Whose timer.
        member: Key,
        /// When it is due.
        at: DateTime<Utc>,
    },
    /// Removes the timer of `member`, if there is one.
    Unschedule {
        /// Whose timer.
        member: Key,
    },
    /// Adds an entry to a log, with the next offset.
    Append {
        /// Which log; made on demand.
        log: Key,
        /// The entry.
        entry: Vec<u8>,
        /// What is kept of the log.
        bounds: LogBounds,
        /// The word that wakes readers through the tenant's [`Bell`](crate::Bell).
        bell: Option<Word>,
        /// A record that the entry is read with.
        attachment: Option<Attachment>,
    },
    /// Adds an entry to a queue.
    Enqueue {
        /// Which queue; made on demand. Beyond [`MAX_QUEUE`](crate::MAX_QUEUE) entries the commit is refused.
        queue: Key,
        /// The entry.
        entry: Vec<u8>,
    },
    /// Removes an entry that was taken from a queue: its work is done.
    Acknowledge {
        /// Which queue.
        queue: Key,
        /// Which entry.
        id: EntryId,
    },
}

/// What became of a commit whose fate is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// Every change was made.
    Applied {
        /// The server's time of it.
        now: DateTime<Utc>,
        /// The offset of each entry that was appended to a log, in order.
        offsets: Vec<u64>,
        /// The version that each record of [`Commit::expect`] has from now on, in the same order.
        versions: Vec<Version>,
    },
    /// Nothing was changed: this record has another version than expected.
    Conflict {
        /// The first such record.
        key: Key,
    },
    /// Nothing was changed: it is later than [`Commit::not_after`].
    TooLate {
        /// The server's time.
        now: DateTime<Utc>,
    },
}
