//! Work in the background that a panic does not end.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

/// Runs the work that `start` gives, and the same again a `pause` after each panic: nobody waits for such work, so it would
/// otherwise stop for ever without a word. `tell` is called for each panic. It ends when the work ends by itself, or with
/// whoever polls this.
pub async fn after_panics<F>(pause: Duration, start: impl Fn() -> F, tell: impl Fn())
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    loop {
        running.spawn(start());
        match running.join_next().await {
            // What it panicked with may hold anything, and is the panic hook's to tell.
            Some(Err(ended)) if ended.is_panic() => tell(),
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
        let (starts, panics) = (AtomicU32::new(0), AtomicU32::new(0));
        let start = || {
            let number = starts.fetch_add(1, Ordering::Relaxed);
            async move { assert!(number >= 2, "a panic of this test") }
        };
        let tell = || {
            panics.fetch_add(1, Ordering::Relaxed);
        };
        after_panics(Duration::ZERO, start, tell).await;
        assert_eq!((starts.load(Ordering::Relaxed), panics.load(Ordering::Relaxed)), (3, 2));
    }
}
