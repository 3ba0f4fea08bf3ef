//! Waiting for a cluster, with a bound.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Each question is a process, and the cluster has few processors.
const BETWEEN: Duration = Duration::from_secs(1);

/// Asks until the answer is there; an error says what was seen last.
pub(super) async fn until<T>(
    what: &str,
    bound: Duration,
    mut ask: impl AsyncFnMut() -> Result<Result<T, String>>,
) -> Result<T> {
    let deadline = Instant::now() + bound;
    loop {
        let seen = match ask().await? {
            Ok(value) => return Ok(value),
            Err(seen) => seen,
        };
        if Instant::now() > deadline {
            bail!("{what}: not within {} s; last seen: {seen}", bound.as_secs());
        }
        sleep(BETWEEN).await;
    }
}
