//! How many lines a server logs for a request.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::contender::Contender;
use super::load::Volleyed;

/// Long enough for a log that is written out once a second.
const LOG_STANDS_STILL: Duration = Duration::from_millis(1500);

/// The lines that a server logs while `fire` asks it, for each request.
pub(super) async fn per_request(
    contender: &Contender,
    fire: impl AsyncFnOnce() -> Result<Volleyed>,
) -> Result<f64> {
    at_rest(contender).await;
    contender.cut_log()?;
    let volleyed = fire().await?;
    at_rest(contender).await;
    let logged = u32::try_from(contender.output().lines().count())?;
    Ok(f64::from(logged) / f64::from(volleyed.requests()))
}

/// Waits until nothing has been written for a while.
async fn at_rest(contender: &Contender) {
    let size = || contender.log.metadata().map(|metadata| metadata.len()).ok();
    let (mut last, mut since) = (size(), Instant::now());
    while since.elapsed() < LOG_STANDS_STILL {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = size();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}
