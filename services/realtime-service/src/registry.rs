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
use store::{Attempts, Change, Read, Snapshot, Store};
use tokio::time::timeout;

use crate::RoomsSettings;
use crate::turns::Turns;

/// How long one change may take with all its attempts. Less than its caller waits.
const PATIENCE: Duration = Duration::from_millis(900);

const ATTEMPTS: Attempts =
    Attempts { change: "registry", most: 10, longest_pause: Duration::from_millis(32) };

/// The rooms and members that are kept here. Cheap to clone; clones work on the same records.
#[derive(Clone)]
pub(crate) struct Registry {
    store: Store,
    bounds: RoomsSettings,
    /// Changes that this replica makes in one room come one after the other; those of others meet in the store.
    turns: Turns,
}

impl Registry {
    pub(crate) fn new(store: Store, bounds: RoomsSettings) -> Self {
        Self { store, bounds, turns: Turns::default() }
    }

    /// Makes one change: what it is, `decide` says on fresh records each time that somebody else was faster.
    async fn change<T>(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        read: Read,
        decide: impl Fn(&Snapshot) -> Result<Change<T>, RegistryFailure>,
    ) -> Result<T, RegistryFailure> {
        let change = async {
            let _turn = self.turns.at(tenant, room).await;
            self.store.change(tenant, ATTEMPTS, read, decide).await
        };
        timeout(PATIENCE, change).await.unwrap_or(Err(RegistryFailure::TooSlow))
    }
}
