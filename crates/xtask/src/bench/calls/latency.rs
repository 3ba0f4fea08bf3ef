//! How soon the callee knows of a call, beside how soon a Redis tells anybody anything.

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::super::statistics::percentile;
use super::super::tokens::user_id;
use super::lineup::{Place, Surroundings, TENANT};
use crate::shell;

/// One round, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Latency {
    pub(super) round: u32,
    pub(super) publish_p50_us: f64,
    pub(super) publish_p99_us: f64,
    pub(super) event_p50_us: f64,
    pub(super) event_p99_us: f64,
}

/// What `event-latency` prints.
#[derive(Deserialize)]
struct Samples {
    publish_us: Vec<f64>,
    event_us: Vec<f64>,
}

/// The last two people who have tokens call each other at this place, and another process listens.
pub(super) async fn measure(
    surroundings: &Surroundings,
    place: &Place,
    round: u32,
    events: u32,
) -> Result<Latency> {
    let people = surroundings.tokens.len();
    let mut program = shell::program(surroundings.programs.join("event-latency"));
    program
        .args(["--redis", &place.redis.url, "--tenant", TENANT])
        .args(["--call-state", &format!("http://{}", place.running.contender.address)])
        .args(["--token", &surroundings.tokens[people - 2], "--callee", &user_id(people - 1)])
        .args(["--core", &surroundings.core.to_string(), "--samples", &events.to_string()]);
    let (status, text) = shell::read(program).await?;
    ensure!(status.success(), "event-latency failed ({status})");
    let Samples { mut publish_us, mut event_us } =
        serde_json::from_str(&text).context("reading what event-latency says")?;
    publish_us.sort_by(f64::total_cmp);
    event_us.sort_by(f64::total_cmp);
    Ok(Latency {
        round,
        publish_p50_us: percentile(&publish_us, 50),
        publish_p99_us: percentile(&publish_us, 99),
        event_p50_us: percentile(&event_us, 50),
        event_p99_us: percentile(&event_us, 99),
    })
}
