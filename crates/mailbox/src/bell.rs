//! The task that listens to one tenant's bell.

use std::collections::VecDeque;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use signal_protocol::Tenant;
use store::{Brought, Heard, Ring, Store};
use telemetry::after_panics;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep};
use tracing::error;

use crate::metrics::Metrics;
use crate::waiters::Waiters;

/// The pause after a panic, which the next start would probably meet again. Short, because everybody waits meanwhile.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

/// How long what came with the bell is held at least, and half of how long at most: it is read within milliseconds, or not at
/// all. It is what people's devices tell each other, and is not to stay here.
const HOLD: Duration = Duration::from_millis(500);

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
    let mut held = Held::new();
    loop {
        let ring = tokio::select! {
            ring = bell.next() => ring,
            () = held.some_are_old() => {
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
struct Held {
    words: VecDeque<(Instant, Arc<Brought>)>,
    /// When to look next for what is old. One timer for all of them: a timer for each word would wake this task, and the system
    /// be asked to, once more for each.
    look: Pin<Box<Sleep>>,
}

impl Held {
    fn new() -> Self {
        Self { words: VecDeque::new(), look: Box::pin(sleep(HOLD)) }
    }

    fn hold(&mut self, brought: Arc<Brought>) {
        let now = Instant::now();
        if self.words.is_empty() {
            self.look.as_mut().reset(now + HOLD);
        } else if self.words.len() == MOST_HELD {
            self.words.pop_front();
        }
        self.words.push_back((now, brought));
    }

    /// Completes when it is time to let go of some; never if there is none.
    async fn some_are_old(&mut self) {
        if self.words.is_empty() { pending().await } else { self.look.as_mut().await }
    }

    fn let_go(&mut self) {
        let now = Instant::now();
        self.words.retain(|(since, _)| now.duration_since(*since) < HOLD);
        if !self.words.is_empty() {
            self.look.as_mut().reset(now + HOLD);
        }
    }
}
