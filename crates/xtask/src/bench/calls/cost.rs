//! What a command that nobody contends for asks of Redis, by the service's own count.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::super::contender::{Contender, free_address};
use super::super::load::{Connection, Volley};
use super::dialogue::Pairs;
use super::lineup::Surroundings;

/// What was counted.
#[derive(Debug, Serialize)]
pub(super) struct Cost {
    pub(super) commands: f64,
    /// Reads and commits.
    pub(super) round_trips: f64,
    /// Second tries, and commits that found something changed.
    pub(super) retries: f64,
}

/// Starts one more replica beside `service`, has calls made there, and reads its metrics before and after.
pub(super) async fn observe(
    surroundings: &Surroundings,
    service: &Contender,
    pairs: &Pairs,
    volley: Volley,
) -> Result<Cost> {
    let mut replica = service.clone();
    replica.log.set_extension("counted.log");
    (replica.address, replica.management) = (free_address()?, free_address()?);
    replica.environment.extend([
        ("CALL_STATE__SERVER__LISTEN", replica.address.to_string()),
        ("CALL_STATE__SERVER__MANAGEMENT_LISTEN", replica.management.to_string()),
        // It reads records by itself, which is not what is counted.
        ("CALL_STATE__BACKGROUND__REAPER_INTERVAL_MS", "600000".to_owned()),
    ]);
    let running = replica.start(surroundings.core).await?;
    // Scripts that Redis does not know yet are sent once more.
    volley.fire(replica.address, &mut pairs.clone())?;
    let before = Cost::counted(&replica)?;
    volley.fire(replica.address, &mut pairs.clone())?;
    let after = Cost::counted(&replica)?;
    running.stop().await;
    Ok(Cost {
        commands: after.commands - before.commands,
        round_trips: after.round_trips - before.round_trips,
        retries: after.retries - before.retries,
    })
}

impl Cost {
    fn counted(replica: &Contender) -> Result<Self> {
        let mut connection = Connection::open(replica.management)?;
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", replica.management);
        let answer = connection.exchange(request.as_bytes()).context("reading the service's metrics")?;
        let metrics = String::from_utf8_lossy(answer.body);
        let trips = |verb| sum(&metrics, "store_round_trips_total", verb);
        let again = |metric| sum(&metrics, metric, "");
        Ok(Self {
            commands: sum(&metrics, "call_commands_total", "outcome=\"changed\""),
            round_trips: trips("operation=\"read\"") + trips("operation=\"commit\""),
            retries: again("call_command_retries_total") + again("call_conflicts_total"),
        })
    }
}

/// The sum over all series of a metric whose labels hold `label`.
fn sum(metrics: &str, metric: &str, label: &str) -> f64 {
    let value = |line: &str| {
        let (labels, value) = line.strip_prefix(metric)?.strip_prefix('{')?.rsplit_once("} ")?;
        if labels.contains(label) { value.parse::<f64>().ok() } else { None }
    };
    metrics.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn series_are_summed_by_their_label() {
        let metrics =
            "# TYPE a counter\na_total{x=\"1\",y=\"p\"} 2\na_total{x=\"2\",y=\"p\"} 3\nab_total{x=\"1\"} 9\n";
        for (label, expected) in [("x=\"1\"", 2.0), ("y=\"p\"", 5.0), ("", 5.0), ("z", 0.0)] {
            assert!((super::sum(metrics, "a_total", label) - expected).abs() < f64::EPSILON, "{label}");
        }
    }
}
