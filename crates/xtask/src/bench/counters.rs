//! What a server counts itself (`/metrics`).

use anyhow::{Context as _, Result};

use super::contender::Contender;
use super::load::Connection;

/// All figures of a server at one moment.
pub(super) struct Counters(String);

impl Counters {
    /// Reads them.
    pub(super) fn read(contender: &Contender) -> Result<Self> {
        let mut connection = Connection::open(contender.management)?;
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", contender.management);
        let answer = connection.exchange(request.as_bytes()).context("reading a server's metrics")?;
        Ok(Self(String::from_utf8_lossy(answer.body).into_owned()))
    }

    /// The sum over all series of a metric whose labels hold `label`.
    pub(super) fn sum(&self, metric: &str, label: &str) -> f64 {
        let value = |line: &str| {
            let (labels, value) = line.strip_prefix(metric)?.strip_prefix('{')?.rsplit_once("} ")?;
            if labels.contains(label) { value.parse::<f64>().ok() } else { None }
        };
        self.0.lines().filter_map(value).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_summed_by_their_label() {
        let metrics =
            "# TYPE a counter\na_total{x=\"1\",y=\"p\"} 2\na_total{x=\"2\",y=\"p\"} 3\nab_total{x=\"1\"} 9\n";
        let counters = Counters(metrics.to_owned());
        for (label, expected) in [("x=\"1\"", 2.0), ("y=\"p\"", 5.0), ("", 5.0), ("z", 0.0)] {
            assert!((counters.sum("a_total", label) - expected).abs() < f64::EPSILON, "{label}");
        }
    }
}
