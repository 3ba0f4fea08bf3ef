//! The task that listens to one tenant's bell.

use std::time::Duration;

use signal_protocol::Tenant;
use store::{Ring, Store};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tracing::error;

use crate::metrics::Metrics;
use crate::waiters::Waiters;

/// The pause after a panic, which the next start would probably meet again. Short, because everybody waits meanwhile.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

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
        after_panics(&tenant, PAUSE_AFTER_PANIC, start).await;
    }))
}

async fn attend(store: Store, tenant: Tenant, waiters: Waiters, metrics: Metrics) {
    // Its first word is that something may have been missed, which after a panic it has.
    let mut bell = store.bell(&tenant);
    loop {
        match bell.next().await {
            Ring::Words(words) => {
                metrics.rang(words.len());
                for word in &words {
                    waiters.wake(word);
                }
            }
            Ring::Missed => {
                metrics.missed();
                waiters.wake_all();
            }
        }
    }
}

/// Runs what `start` gives, and again a `pause` after each time that it panicked: without it everybody of the tenant
/// would wait for nothing, and without a word. It ends with whoever polls this.
async fn after_panics<F>(tenant: &Tenant, pause: Duration, start: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    loop {
        running.spawn(start());
        match running.join_next().await {
            // What it panicked with may hold anything, and is the panic hook's to tell.
            Some(Err(ended)) if ended.is_panic() => error!(tenant.id = %tenant, "bell.listener_ended"),
            // The runtime ends, or there is nothing left to do.
            Some(Ok(()) | Err(_)) | None => return,
        }
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_listener_that_panics_is_started_again() {
        let starts = AtomicU32::new(0);
        let tenant = Tenant::parse("realtime").expect("it is well formed");
        after_panics(&tenant, Duration::ZERO, || {
            let number = starts.fetch_add(1, Ordering::Relaxed);
            async move { assert!(number >= 2, "a panic of this test") }
        })
        .await;
        assert_eq!(starts.into_inner(), 3);
    }
}
