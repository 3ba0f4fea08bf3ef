//! Rooms and members that are kept here, for applications that have no place of their own for them.
//!
//! Kept per tenant in the store: a record of each room and of each member, and two indexes, of a room's members and of a
//! person's rooms. A record and the indexes that name it change in one commit, on the condition that everything it rests on
//! still holds, so that they agree at every instant. Only the deletion of a room takes several commits (see [`clearing`]).
//!
//! Who may do what is not decided here.

mod clearing;
mod contents;
mod entry;
mod failure;
mod keys;
mod members;
mod record;
mod rooms;
mod wishes;

pub(crate) use entry::Entry;
pub(crate) use failure::RegistryFailure;
pub(crate) use members::{About, Beside, MemberSet};
pub(crate) use record::{MemberIndex, MemberRecord, RoomIndex, RoomRecord};
pub(crate) use rooms::{Kept, RoomPut};
pub(crate) use wishes::{RoomWishes, Unfit};

use std::time::Duration;

use signal_protocol::{RoomId, Tenant};
use store::{Commit, Committed, Read, Snapshot, Store, Write};
use tokio::time::{sleep, timeout};

use crate::RoomsSettings;
use crate::turns::Turns;

/// How long one change may take with all its attempts. Less than its caller waits.
const PATIENCE: Duration = Duration::from_millis(900);
/// How often a change is tried while others change what it rests on.
const MOST_ATTEMPTS: u32 = 10;
/// The longest pause before a change is tried again, at first and at last, in milliseconds.
const PAUSE_MS: (u64, u64) = (2, 32);

/// The rooms and members that are kept here. Cheap to clone; clones work on the same records.
#[derive(Clone)]
pub(crate) struct Registry {
    store: Store,
    bounds: RoomsSettings,
    turns: Turns,
}

impl Registry {
    pub(crate) fn new(store: Store, bounds: RoomsSettings) -> Self {
        Self { store, bounds, turns: Turns::default() }
    }

    /// Makes one change: what it is, `decide` says on fresh records each time that somebody else was faster.
    async fn change<T, D>(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        read: Read,
        decide: D,
    ) -> Result<T, RegistryFailure>
    where
        D: Fn(&Snapshot) -> Result<Change<T>, RegistryFailure>,
    {
        let attempts = async {
            let mut turn = None;
            for attempt in 0..MOST_ATTEMPTS {
                let snapshot = self.store.read(tenant, read.clone()).await?;
                let Change { outcome, writes } = decide(&snapshot)?;
                if writes.is_empty() {
                    return Ok(outcome);
                }
                // All that was read, what is absent included: the decision rests on it.
                let expect = snapshot.keys().map(|key| (key.clone(), snapshot.version(key))).collect();
                let commit = Commit { expect, writes, durable: true, not_after: None };
                match self.store.commit(tenant, commit).await? {
                    Committed::Applied { .. } => return Ok(outcome),
                    Committed::Conflict { .. } | Committed::TooLate { .. } => {}
                }
                if turn.is_none() {
                    turn = Some(self.turns.at(tenant, room).await);
                } else {
                    let longest = (PAUSE_MS.0 << attempt.min(8)).min(PAUSE_MS.1);
                    sleep(Duration::from_millis(rand::random_range(0..=longest))).await;
                }
            }
            Err(RegistryFailure::Contended { attempts: MOST_ATTEMPTS })
        };
        timeout(PATIENCE, attempts).await.unwrap_or(Err(RegistryFailure::TooSlow))
    }
}

/// What is to be written, and what is answered once it is.
struct Change<T> {
    outcome: T,
    /// None: it is so already.
    writes: Vec<Write>,
}
