//! Rooms that LiveKit closed are forgotten by every replica, whichever heard of it.

use std::time::Duration;

use room_tokens::sfu_room;
use signal_protocol::{RoomId, Tenant};
use store::{Heard, Ring, Store};
use telemetry::after_panics;
use tokio::task::JoinHandle;

use crate::occupancy::closed_room;
use crate::sfu::Sfu;

/// The pause after a panic, which the next start would probably meet again.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

/// Listens to the bells of all tenants; it ends when this is dropped.
pub(crate) struct ClosedRooms(Vec<JoinHandle<()>>);

impl ClosedRooms {
    /// Begins to listen. Must be called inside a Tokio runtime.
    pub(crate) fn follow(store: &Store, sfu: &Sfu) -> Self {
        let listen = |tenant: &Tenant| {
            let (store, sfu, tenant) = (store.clone(), sfu.clone(), tenant.clone());
            tokio::spawn(async move {
                let start = || attend(store.clone(), sfu.clone(), tenant.clone());
                let tell = || tracing::error!(tenant.id = %tenant, "bell.listener_ended");
                after_panics(PAUSE_AFTER_PANIC, start, tell).await;
            })
        };
        Self(store.tenants().iter().map(listen).collect())
    }
}

impl Drop for ClosedRooms {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn attend(store: Store, sfu: Sfu, tenant: Tenant) {
    let mut bell = store.bell(&tenant);
    loop {
        match bell.next().await {
            Ring::Words(words) => {
                for Heard { word, .. } in &words {
                    if let Some(room) = closed_room(word).and_then(|room| RoomId::parse(room).ok()) {
                        sfu.forget(&sfu_room(&tenant, &room)).await;
                    }
                }
            }
            // Nobody knows which rooms were closed meanwhile, and asking LiveKit once more for each costs little.
            Ring::Missed => sfu.forget_tenant(&tenant).await,
        }
    }
}
