//! Waiting for servers that agree with each other in the background.

use std::time::Duration;

use tokio::time::Instant;

use crate::Failure;

const BOUND: Duration = Duration::from_secs(30);
const BETWEEN_PROBES: Duration = Duration::from_millis(50);

/// Probes until it succeeds; the last failure is part of the error.
pub(super) async fn settled(
    what: &str,
    mut probe: impl AsyncFnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let deadline = Instant::now() + BOUND;
    loop {
        match probe().await {
            Ok(()) => return Ok(()),
            Err(failure) if Instant::now() > deadline => {
                return Err(Failure::because(format!("not within {BOUND:?}: {what}"), failure));
            }
            Err(_) => tokio::time::sleep(BETWEEN_PROBES).await,
        }
    }
}
