//! Requests by route, method, status and code: how many, and how long they took.
//!
//! A worker counts in atomics of its own, which no other core touches; a scrape adds the workers up. The lock is
//! taken when a worker sees a combination for the first time, and by a scrape.

mod exemplars;

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clock::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use exemplars::{Exemplar, Exemplars};

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
    exemplars: Exemplars,
}

impl Series {
    /// Counts one request that took so long. Its trace and the time are asked for now and then only.
    pub(crate) fn observe(&self, took: Duration, trace: impl FnOnce() -> Option<(String, DateTime<Utc>)>) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        self.exemplars.offer(bucket, seconds, trace);
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

    /// Writes the histogram of durations. The library keeps to itself what exemplars are made of, unless it also does the counting, behind
    /// a lock that all workers would share; so these lines are written here.
    pub(crate) fn write_durations(&self, text: &mut String) -> fmt::Result {
        const NAME: &str = "http_request_duration_seconds";
        writeln!(text, "# HELP {NAME} Time from the head of a request to its answer.")?;
        writeln!(text, "# TYPE {NAME} histogram\n# UNIT {NAME} seconds")?;
        for (Key { route, method, status, code }, totals) in self.totals() {
            // All of it is ours and holds nothing that would have to be escaped.
            let labels = format!(r#"route="{route}",method="{method}",status="{status}",code="{code}""#);
            let sum = Duration::from_nanos(totals.nanoseconds).as_secs_f64();
            writeln!(text, "{NAME}_sum{{{labels}}} {sum:?}")?;
            writeln!(text, "{NAME}_count{{{labels}}} {}", totals.count())?;
            let bounds = BOUNDS.iter().map(|bound| format!("{bound:?}")).chain(["+Inf".to_owned()]);
            let mut count = 0;
            for ((bound, bucket), exemplar) in bounds.zip(totals.buckets).zip(&totals.exemplars) {
                count += bucket;
                write!(text, r#"{NAME}_bucket{{le="{bound}",{labels}}} {count}"#)?;
                if let Some(exemplar) = exemplar {
                    write!(text, " {exemplar}")?;
                }
                text.push('\n');
            }
        }
        Ok(())
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
    exemplars: [Option<Exemplar>; BOUNDS.len() + 1],
}

impl Totals {
    fn add(&mut self, series: &Series) {
        for (total, bucket) in self.buckets.iter_mut().zip(&series.buckets) {
            *total += bucket.load(Ordering::Relaxed);
        }
        self.nanoseconds += series.nanoseconds.load(Ordering::Relaxed);
        series.exemplars.scrape(&mut self.exemplars);
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
        let mut counter = encoder.encode_descriptor(
            "http_requests",
            "Requests that were answered",
            None,
            MetricType::Counter,
        )?;
        for (key, totals) in self.totals() {
            let labels = [
                ("route", key.route.to_owned()),
                ("method", key.method.to_owned()),
                ("status", key.status.to_string()),
                ("code", key.code.to_owned()),
            ];
            counter.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, f64>(&totals.count(), None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_scrape_adds_up_what_the_workers_counted() {
        let requests = Arc::<Requests>::default();
        let key = Key { route: "/a/{b}", method: "GET", status: 200, code: "" };
        for took in [Duration::from_micros(600), Duration::from_secs(9)] {
            requests.series(key).observe(took, || None);
        }
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(&requests)));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");
        requests.write_durations(&mut text).expect("text");

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

    #[test]
    fn a_bucket_shows_the_trace_of_its_newest_request_that_was_wanted() {
        let requests = Requests::default();
        let key = Key { route: "/a", method: "GET", status: 200, code: "" };
        let (first, second) = (requests.series(key), requests.series(key));
        let at = |millis| DateTime::from_timestamp_millis(millis).expect("a time");
        let line = |le: &str, count: u64, exemplar: &str| {
            format!(
                r#"http_request_duration_seconds_bucket{{le="{le}",route="/a",method="GET",status="200",code=""}} {count}{exemplar}"#
            )
        };
        let shows = |expected: String| {
            let mut text = String::new();
            requests.write_durations(&mut text).expect("text");
            assert!(text.lines().any(|found| found == expected), "no {expected} in\n{text}");
        };
        first.observe(Duration::from_millis(3), || Some(("aa".to_owned(), at(1_500))));
        first.observe(Duration::from_millis(3), || panic!("one is enough until it was scraped"));
        second.observe(Duration::from_millis(4), || Some(("bb".to_owned(), at(2_007))));
        second.observe(Duration::from_millis(40), || None);
        shows(line("0.005", 3, r#" # {trace_id="bb"} 0.004 2.007"#));
        shows(line("0.05", 4, ""));
        first.observe(Duration::from_millis(5), || Some(("cc".to_owned(), at(3_000))));
        shows(line("0.005", 4, r#" # {trace_id="cc"} 0.005 3.000"#));
    }
}
