//! The task that listens to one tenant's bell.

use std::time::Duration;

use signal_protocol::Tenant;
use store::{Ring, Store};
use telemetry::after_panics;
use tokio::task::JoinHandle;
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
        let tell = || error!(tenant.id = %tenant, "bell.listener_ended");
        after_panics(PAUSE_AFTER_PANIC, start, tell).await;
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
