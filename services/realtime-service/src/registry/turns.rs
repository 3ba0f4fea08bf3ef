//! Turns at a room, among the changes of one replica.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use signal_protocol::{RoomId, Tenant};
use tokio::sync::{Mutex, MutexGuard};

/// How many turns there are. Rooms whose ids fall together wait for each other now and then, and nothing more.
const PLACES: usize = 64;

/// Changes of one room that met go on one after the other: an application that adds a hundred members at once would
/// otherwise see most of them refused. Nothing rests on it but who waits; the commit decides.
#[derive(Clone)]
pub(super) struct Turns(Arc<[Mutex<()>]>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// Waits for a turn at this room, which ends when what is given is dropped.
    pub(super) async fn at(&self, tenant: &Tenant, room: &RoomId) -> MutexGuard<'_, ()> {
        let mut hash = DefaultHasher::new();
        (tenant, room).hash(&mut hash);
        let place = hash.finish() % PLACES as u64;
        self.0[usize::try_from(place).expect("it is less than the number of places")].lock().await
    }
}
