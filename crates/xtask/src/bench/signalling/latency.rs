//! How soon a signal is at the other device, beside how soon a Redis tells anybody anything.

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::super::contender::Running;
use super::super::statistics::percentile;
use super::surroundings::Surroundings;
use crate::shell;

/// One measurement, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Latency {
    pub(super) publish_p50: f64,
    pub(super) publish_p99: f64,
    pub(super) signal_p50: f64,
    pub(super) signal_p99: f64,
}

/// What `signal-latency` prints.
#[derive(Deserialize)]
struct Samples {
    publish_us: Vec<f64>,
    signal_us: Vec<f64>,
}

/// Two people signal, each at one of the replicas.
pub(super) async fn measure(
    surroundings: &Surroundings,
    replicas: &[Running; 2],
    signals: u16,
) -> Result<Latency> {
    let [first, second] = replicas.each_ref().map(|replica| replica.contender.address.to_string());
    let mut program = shell::program(surroundings.program("signal-latency"));
    program
        .args(["--redis", &surroundings.redis.url, "--first", &first, "--second", &second])
        .arg("--tokens")
        .arg(&surroundings.pair)
        .args(["--callee", &Surroundings::callee(), "--core", &surroundings.cores.server.to_string()])
        .args(["--samples", &signals.to_string()]);
    let (status, text) = shell::read(program).await?;
    ensure!(status.success(), "signal-latency failed ({status})");
    let Samples { mut publish_us, mut signal_us } =
        serde_json::from_str(&text).context("reading what signal-latency says")?;
    publish_us.sort_by(f64::total_cmp);
    signal_us.sort_by(f64::total_cmp);
    Ok(Latency {
        publish_p50: percentile(&publish_us, 50),
        publish_p99: percentile(&publish_us, 99),
        signal_p50: percentile(&signal_us, 50),
        signal_p99: percentile(&signal_us, 99),
    })
}
