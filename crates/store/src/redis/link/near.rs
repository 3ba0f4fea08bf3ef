//! Connections of single threads, for those who would otherwise wake another thread with each command and be woken by it.
//!
//! A server's workers are threads with a runtime each. A connection is driven by the runtime in which it was made: one that all
//! share is driven by the threads of `main`, and a command of a worker's over it crosses from thread to thread twice. So
//! each worker gets one of its own, made in the background when it first asks. The shared one serves until then, and whenever
//! there is none, so nobody ever waits for it to be made. What fails on it is a fault of the link, as on the shared one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Instant;

use super::connection::{End, IDLE};
use super::way::{Link, Way};

/// The pause after one could not be made.
const PAUSE: Duration = Duration::from_secs(1);

/// The connections of a way that are one thread's each.
#[derive(Default)]
pub(super) struct Near(Mutex<HashMap<ThreadId, Own>>);

/// What a thread has.
enum Own {
    /// Nothing, since then: it is being made, or could not be.
    Nothing { since: Instant },
    /// A connection to the server of this link.
    Made { link: u64, commands: MultiplexedConnection, end: Arc<End>, used: Instant },
}

/// The same link, over the connection of this thread if it has one.
pub(super) fn own(way: &Arc<Way>, link: Link) -> Link {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    if !matches!(flavor, Ok(RuntimeFlavor::CurrentThread)) {
        return link;
    }
    let thread = thread::current().id();
    let now = Instant::now();
    let mut threads = way.near.lock();
    match threads.get_mut(&thread) {
        Some(Own::Made { link: made_for, commands, end, used })
            if *made_for == link.id && !end.is_over() && now.duration_since(*used) < IDLE =>
        {
            *used = now;
            return Link { commands: commands.clone(), end: Arc::clone(end), ..link };
        }
        Some(Own::Nothing { since }) if now.duration_since(*since) < PAUSE => return link,
        Some(_) | None => {}
    }
    threads.insert(thread, Own::Nothing { since: now });
    drop(threads);
    tokio::spawn(make(Arc::downgrade(way), link.clone(), thread));
    link
}

async fn make(way: Weak<Way>, link: Link, thread: ThreadId) {
    let Some(way) = way.upgrade() else { return };
    match way.greet(&link.host).await {
        Ok((connection, server)) if *server.run_id == *link.run_id => {
            let (commands, end) = (connection.commands, Arc::new(connection.end));
            let made = Own::Made { link: link.id, commands, end, used: Instant::now() };
            way.near.lock().insert(thread, made);
        }
        // Another server is there now, which whoever looks after the shared connection sees as well.
        Ok(_) => {}
        Err(fault) => tracing::debug!(server.address = %link.host, error = %fault, "redis.no_own_connection"),
    }
}

impl Near {
    /// Forgets the connections to a server that is no longer the one.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ThreadId, Own>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
