//! Rooms that this replica believes to be live: what is listed no more is looked for among them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_protocol::{RoomId, Tenant};

/// How many rooms of a tenant are remembered at most. Of more, those that end unheard of are found by going through the records.
const MOST: usize = 100_000;

/// The rooms, by tenant. Cheap to clone; clones remember together.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveRooms(Arc<Mutex<BTreeMap<Tenant, BTreeSet<RoomId>>>>);

impl LiveRooms {
    /// The room is live, as a webhook says, a list of LiveKit's or a record.
    pub(crate) fn heard_of(&self, tenant: &Tenant, room: &RoomId) {
        let mut rooms = self.rooms();
        let rooms = rooms.entry(tenant.clone()).or_default();
        if rooms.len() < MOST {
            rooms.insert(room.clone());
        }
    }

    /// The room is over.
    pub(super) fn forget(&self, tenant: &Tenant, room: &RoomId) {
        if let Some(rooms) = self.rooms().get_mut(tenant) {
            rooms.remove(room);
        }
    }

    /// All of the tenant's.
    pub(super) fn of(&self, tenant: &Tenant) -> BTreeSet<RoomId> {
        self.rooms().get(tenant).cloned().unwrap_or_default()
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<Tenant, BTreeSet<RoomId>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
