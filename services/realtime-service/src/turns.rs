//! Turns at a room, among all that one replica does.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use signal_protocol::{RoomId, Tenant};
use tokio::sync::{Mutex, MutexGuard};

/// How many turns there are at a time, where nobody wants fewer.
const LANES: usize = 64;

/// Changes of one room that meet go on one after the other: an application that adds a hundred members at once would
/// otherwise see most of them refused. Rooms whose ids fall into one lane wait for each other now and then, and nothing more.
/// Nothing rests on it but who waits; the commit decides. Cheap to clone; clones are the same.
#[derive(Clone)]
pub(crate) struct Turns(Arc<[Mutex<()>]>);

impl Default for Turns {
    fn default() -> Self {
        Self::with_lanes(LANES)
    }
}

impl Turns {
    /// At most `lanes` turns at a time, at least one.
    pub(crate) fn with_lanes(lanes: usize) -> Self {
        Self((0..lanes.max(1)).map(|_| Mutex::default()).collect())
    }

    /// Waits for a turn at this room, which ends when what is given is dropped.
    pub(crate) async fn at(&self, tenant: &Tenant, room: &RoomId) -> MutexGuard<'_, ()> {
        let mut hash = DefaultHasher::new();
        (tenant, room).hash(&mut hash);
        let lane = hash.finish() % self.0.len() as u64;
        self.0[usize::try_from(lane).expect("it is less than the number of lanes")].lock().await
    }
}
