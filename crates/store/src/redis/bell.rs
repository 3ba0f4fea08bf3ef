//! The bell of one tenant, heard once by this process and handed on to everybody in it who listens.
//!
//! The server wakes every reader of a stream for every word in it, while whoever rang waits for it. So what a process asks of
//! it does not grow with the number of its parts that listen.

mod tail;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use signal_protocol::Tenant;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::task::AbortHandle;

use super::Redis;
use crate::Ring;
use tail::Listener;

/// How many rings somebody may be behind the others. Whoever is further behind has missed some.
const BEHIND: usize = 64;

/// The pause after a panic of the task that listens, which the next one would probably meet again.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

/// The bells that are heard now.
#[derive(Default)]
pub(super) struct Bells(Mutex<HashMap<Tenant, Weak<Heard>>>);

/// Listens to the bell of one tenant.
pub(crate) struct Bell {
    redis: Arc<Redis>,
    tenant: Tenant,
    seat: Option<Seat>,
}

/// A place among those who listen.
struct Seat {
    rings: Receiver<Ring>,
    _heard: Arc<Heard>,
}

/// A bell that a task listens to, until nobody has a seat any more.
struct Heard {
    rings: Arc<Mutex<Rings>>,
    task: AbortHandle,
}

/// What the task hands on.
struct Rings {
    /// None once the task is over.
    sender: Option<Sender<Ring>>,
    /// The first ring was handed on: from here on nothing is missed.
    has_begun: bool,
}

impl Redis {
    pub(crate) fn bell(self: &Arc<Self>, tenant: &Tenant) -> Bell {
        Bell { redis: Arc::clone(self), tenant: tenant.clone(), seat: None }
    }

    /// A seat, and whether what is rung is heard already.
    fn seat(self: &Arc<Self>, tenant: &Tenant) -> (Seat, bool) {
        let mut bells = self.bells.0.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = bells.get(tenant).and_then(Weak::upgrade);
        if let Some(taken) = heard.and_then(Heard::seat) {
            return taken;
        }
        let (sender, rings) = broadcast::channel(BEHIND);
        let shared = Arc::new(Mutex::new(Rings { sender: Some(sender), has_begun: false }));
        let task = tokio::spawn(listen(Listener::new(self, tenant), Arc::clone(&shared)));
        let heard = Arc::new(Heard { rings: shared, task: task.abort_handle() });
        bells.insert(tenant.clone(), Arc::downgrade(&heard));
        (Seat { rings, _heard: heard }, false)
    }
}

impl Bell {
    pub(crate) async fn next(&mut self) -> Ring {
        loop {
            let Some(seat) = &mut self.seat else {
                let (seat, has_begun) = self.redis.seat(&self.tenant);
                self.seat = Some(seat);
                if has_begun {
                    return Ring::Missed;
                }
                continue;
            };
            match seat.rings.recv().await {
                Ok(ring) => return ring,
                Err(RecvError::Lagged(_)) => return Ring::Missed,
                Err(RecvError::Closed) => {
                    self.seat = None;
                    tokio::time::sleep(PAUSE_AFTER_PANIC).await;
                }
            }
        }
    }
}

impl Heard {
    /// None if its task is over.
    fn seat(self: Arc<Self>) -> Option<(Seat, bool)> {
        // Under the lock: the first ring is either still to come to this seat, or is over.
        let (rings, has_begun) = {
            let shared = lock(&self.rings);
            (shared.sender.as_ref()?.subscribe(), shared.has_begun)
        };
        Some((Seat { rings, _heard: self }, has_begun))
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Hands on every ring.
async fn listen(mut listener: Listener, rings: Arc<Mutex<Rings>>) {
    let end = End(rings);
    loop {
        let ring = listener.next().await;
        end.hand_on(ring);
        // Those who were waiting go first: to ask for the next word can wait.
        tokio::task::yield_now().await;
    }
}

/// However the task ends, a panic included, those who listen see it.
struct End(Arc<Mutex<Rings>>);

impl End {
    fn hand_on(&self, ring: Ring) {
        let mut rings = lock(&self.0);
        rings.has_begun = true;
        if let Some(sender) = &rings.sender {
            // An error means that nobody has a seat at this moment.
            let _ = sender.send(ring);
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        lock(&self.0).sender = None;
    }
}

fn lock(rings: &Mutex<Rings>) -> MutexGuard<'_, Rings> {
    rings.lock().unwrap_or_else(PoisonError::into_inner)
}
