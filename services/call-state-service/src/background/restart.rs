//! A task that a panic does not end.

use std::time::Duration;

use signal_protocol::Tenant;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::error;

/// Runs the work that `start` gives, and the same again a `pause` after each panic: nobody waits for this work, so it would
/// otherwise stop for ever without a word. It ends when the work ends by itself, or with whoever polls this.
pub(super) async fn after_panics<F>(
    work: &'static str,
    tenant: &Tenant,
    pause: Duration,
    start: impl Fn() -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    loop {
        running.spawn(start());
        match running.join_next().await {
            // What it panicked with may hold anything, and is the panic hook's to tell.
            Some(Err(ended)) if ended.is_panic() => error!(tenant.id = %tenant, work, "background.panicked"),
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
    async fn what_panics_is_started_again_until_it_ends_by_itself() {
        let starts = AtomicU32::new(0);
        let tenant = Tenant::parse("realtime").expect("it is well formed");
        after_panics("timers", &tenant, Duration::ZERO, || {
            let number = starts.fetch_add(1, Ordering::Relaxed);
            async move { assert!(number >= 2, "a panic of this test") }
        })
        .await;
        assert_eq!(starts.into_inner(), 3);
    }
}
