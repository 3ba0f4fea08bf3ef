//! Live calls in a Redis, and how much room they take.

use std::path::Path;

use anyhow::{Context as _, Result};
use testkit::Redis;

use super::super::tokens::PEOPLE;
use super::lineup::{Surroundings, TENANT};
use crate::shell;

/// The people in these calls are others than those who call each other under load.
pub(super) const FIRST_PERSON: usize = 1_000_000;

/// Enough that what Redis needs for itself does not count.
const MEASURED_CALLS: u32 = 20_000;

/// Writes that many live calls into an empty Redis. Gives how many bytes it has taken since.
pub(super) async fn fill(programs: &Path, redis: &Redis, calls: u32, options: &[&str]) -> Result<u64> {
    let before = used_bytes(redis).await?;
    let mut fill = shell::program(programs.join("fill-calls"));
    fill.args(["--redis", &redis.url, "--tenant", TENANT, "--people", PEOPLE])
        .args(["--first", &FIRST_PERSON.to_string(), "--calls", &calls.to_string()])
        .args(options);
    shell::succeed(fill, |_| ()).await?;
    Ok(used_bytes(redis).await?.saturating_sub(before))
}

/// The bytes that a live call takes in its first minutes, while its events are in the mailboxes of its two people.
pub(super) async fn bytes_with_mailboxes(surroundings: &Surroundings) -> Result<f64> {
    let redis = Redis::start().await?;
    let bytes = fill(&surroundings.programs, &redis, MEASURED_CALLS, &["--mailboxes"]).await?;
    each(bytes, MEASURED_CALLS)
}

/// A number of bytes shared among calls.
pub(super) fn each(bytes: u64, calls: u32) -> Result<f64> {
    Ok(f64::from(u32::try_from(bytes)?) / f64::from(calls))
}

async fn used_bytes(redis: &Redis) -> Result<u64> {
    let info = redis.command(&["INFO", "memory"]).await?;
    let mut lines = info.as_str().unwrap_or_default().lines();
    let used = lines.find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|used| used.trim().parse().ok()).context("Redis does not say how much memory it uses")
}
