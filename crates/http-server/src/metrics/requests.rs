//! Requests by route, method, status and code: how many, and how long they took.
//!
//! A worker counts in atomics of its own, which no other core touches; a scrape adds the workers up. The lock is
//! taken when a worker sees a combination for the first time, and by a scrape.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

/// Upper bounds of the buckets in seconds: fine around the goal of a few milliseconds, then up to the deadlines.
const BOUNDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// What is told apart. Every part has few values: none comes from a client as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) route: &'static str,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
    /// The problem's code; empty for a success.
    pub(crate) code: &'static str,
}

/// One worker's count of one combination.
#[derive(Debug, Default)]
pub(crate) struct Series {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

impl Series {
    /// Counts one request that took so long.
    pub(crate) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

/// All workers' counts.
#[derive(Default)]
pub(crate) struct Requests(Mutex<Vec<(Key, Arc<Series>)>>);

impl Requests {
    /// New counters for a worker that has none for `key`.
    pub(crate) fn series(&self, key: Key) -> Arc<Series> {
        let series = Arc::<Series>::default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((key, Arc::clone(&series)));
        series
    }

    fn totals(&self) -> BTreeMap<Key, Totals> {
        let mut totals = BTreeMap::<Key, Totals>::new();
        for (key, series) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            totals.entry(*key).or_default().add(series);
        }
        totals
    }
}

#[derive(Default)]
struct Totals {
    buckets: [u64; BOUNDS.len() + 1],
    nanoseconds: u64,
}

impl Totals {
    fn add(&mut self, series: &Series) {
        for (total, bucket) in self.buckets.iter_mut().zip(&series.buckets) {
            *total += bucket.load(Ordering::Relaxed);
        }
        self.nanoseconds += series.nanoseconds.load(Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Requests")
    }
}

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let totals: Vec<_> = self
            .totals()
            .into_iter()
            .map(|(key, totals)| {
                let status = key.status.to_string();
                (
                    [
                        ("route", key.route.to_owned()),
                        ("method", key.method.to_owned()),
                        ("status", status),
                        ("code", key.code.to_owned()),
                    ],
                    totals,
                )
            })
            .collect();

        let mut counter = encoder.encode_descriptor(
            "http_requests",
            "Requests that were answered",
            None,
            MetricType::Counter,
        )?;
        for (labels, totals) in &totals {
            counter.encode_family(labels)?.encode_counter::<NoLabelSet, u64, f64>(&totals.count(), None)?;
        }

        let mut histogram = encoder.encode_descriptor(
            "http_request_duration",
            "Time from the head of a request to its answer",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for (labels, totals) in &totals {
            let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(totals.buckets).collect();
            let sum = Duration::from_nanos(totals.nanoseconds).as_secs_f64();
            histogram.encode_family(labels)?.encode_histogram::<NoLabelSet>(
                sum,
                totals.count(),
                &buckets,
                None,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::registry::Registry;

    #[test]
    fn a_scrape_adds_up_what_the_workers_counted() {
        let requests = Arc::<Requests>::default();
        let key = Key { route: "/a/{b}", method: "GET", status: 200, code: "" };
        for took in [Duration::from_micros(600), Duration::from_secs(9)] {
            requests.series(key).observe(took);
        }
        let mut registry = Registry::default();
        registry.register_collector(Box::new(requests));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");

        let labels = r#"route="/a/{b}",method="GET",status="200",code="""#;
        for line in [
            format!("http_requests_total{{{labels}}} 2"),
            format!("http_request_duration_seconds_sum{{{labels}}} 9.0006"),
            format!("http_request_duration_seconds_bucket{{le=\"0.0005\",{labels}}} 0"),
            format!("http_request_duration_seconds_bucket{{le=\"0.001\",{labels}}} 1"),
            format!("http_request_duration_seconds_bucket{{le=\"+Inf\",{labels}}} 2"),
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
    }
}
