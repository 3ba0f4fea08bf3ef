//! The task that listens to one tenant's bell.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use signal_protocol::Tenant;
use store::{Brought, Heard, Ring, Store};
use telemetry::after_panics;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tracing::error;

use crate::metrics::Metrics;
use crate::waiters::Waiters;

/// The pause after a panic, which the next start would probably meet again. Short, because everybody waits meanwhile.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

/// How long what came with the bell is held: it is read within milliseconds, or not at all. It is what people's devices tell
/// each other, and is not to stay here.
const HOLD: Duration = Duration::from_secs(1);

/// How much of it is held at most. Of more the oldest goes, and is read from the log.
const MOST_HELD: usize = 1_000;

/// A listening task; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Wakes `waiters` whenever the bell of `tenant` rings for them.
pub(crate) fn listen(store: Store, tenant: Tenant, waiters: Waiters, metrics: Metrics) -> Listener {
    Listener(tokio::spawn(async move {
        let start = || attend(store.clone(), tenant.clone(), waiters.clone(), metrics.clone());
        let tell = || error!(tenant.id = %tenant, "bell.listener_ended");
        after_panics(PAUSE_AFTER_PANIC, start, tell).await;
    }))
}

async fn attend(store: Store, tenant: Tenant, waiters: Waiters, metrics: Metrics) {
    // Its first word is that something may have been missed, which after a panic it has.
    let mut bell = store.bell(&tenant);
    let mut held = Held::default();
    loop {
        let ring = tokio::select! {
            ring = bell.next() => ring,
            () = held.next_is_old() => {
                held.let_go();
                continue;
            }
        };
        match ring {
            Ring::Words(words) => {
                metrics.rang(words.len());
                for Heard { word, brought } in words {
                    if waiters.wake(&word, brought.as_ref())
                        && let Some(brought) = brought
                    {
                        held.hold(brought);
                    }
                }
            }
            Ring::Missed => {
                metrics.missed();
                waiters.wake_all();
            }
        }
    }
}

/// What came with the bell, for as long as those who were woken may take it.
#[derive(Default)]
struct Held(VecDeque<(Instant, Arc<Brought>)>);

impl Held {
    fn hold(&mut self, brought: Arc<Brought>) {
        if self.0.len() == MOST_HELD {
            self.0.pop_front();
        }
        self.0.push_back((Instant::now() + HOLD, brought));
    }

    /// Completes when one was held long enough; never if there is none.
    async fn next_is_old(&self) {
        match self.0.front() {
            Some((until, _)) => sleep_until(*until).await,
            None => pending().await,
        }
    }

    fn let_go(&mut self) {
        let now = Instant::now();
        self.0.retain(|(until, _)| *until > now);
    }
}
