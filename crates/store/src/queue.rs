//! Queues: entries that are each given to one consumer, and to another if that one never says it is done.

use std::fmt;

/// How many entries a queue has at most.
pub const MAX_QUEUE: usize = 100_000;

/// The name of an entry within its queue. Opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryId(pub(crate) String);

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An entry that was taken from a queue. Until it is acknowledged ([`Write::Acknowledge`](crate::Write::Acknowledge)) it
/// is in the queue and is given to somebody else after a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// For [`Write::Acknowledge`](crate::Write::Acknowledge).
    pub id: EntryId,
    /// What was enqueued.
    pub data: Vec<u8>,
    /// How often it was given to somebody, this time included: 1 the first time.
    pub deliveries: u64,
}
