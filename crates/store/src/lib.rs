//! Versioned records, timers, logs and queues, committed atomically or not at all.
//!
//! The crate knows nothing of calls or rooms, and no rule is in it: who uses it reads, decides, and commits on the condition
//! that what was read still holds ([`Store::change`], for what needs no more than that). Everything is per tenant, and tenants never meet. There are two stores under one
//! contract: Redis (one server, Sentinel, Cluster) and the memory of this process.
//!
//! | a thing | is |
//! |---|---|
//! | record | bytes with a version, references to other records, perhaps an end; or leases of holders |
//! | timer | an instant for a member; claimed when due |
//! | log | entries with contiguous offsets, bounded by age and number; rings the tenant's bell |
//! | queue | entries that are given to one consumer at a time until it acknowledges |
//!
//! Time is the server's: [`Snapshot::now`], [`Committed::Applied`] and the like tell it.

mod bell;
mod commit;
mod contention;
mod epoch;
mod error;
mod health;
mod key;
mod log;
mod memory;
mod metrics;
mod queue;
mod read;
mod redis;
mod scan;
mod settings;
mod store;
mod timers;

pub use bell::{Bell, Brought, Heard, Ring, Word};
pub use commit::{Commit, Committed, MAX_HOLDERS, Write};
pub use contention::{Attempts, Contended, Contention};
pub use epoch::Epoch;
pub use error::{StartError, StoreError};
pub use health::Health;
pub use key::Key;
pub use log::{Attached, Attachment, LogBounds, LogEntry, LogPage, MAX_PAGE, MAX_PAGE_BYTES};
pub use queue::{EntryId, MAX_QUEUE, QueueEntry};
pub use read::{MAX_RECORDS, Read, Root, Snapshot, Version};
pub use scan::ScanCursor;
pub use settings::StoreSettings;
pub use store::{Change, Store};
pub use timers::{Claimed, Due, TimerCount};
