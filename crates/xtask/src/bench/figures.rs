//! What one volley at one server showed.

use std::time::Duration;

use serde::Serialize;

use super::load::Volleyed;
use super::statistics::{milliseconds, percentile};

/// A server whose core was busy for less of the time was not itself the limit of its requests per second.
pub(super) const BUSY: f64 = 0.9;

/// One volley at one server.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Figures {
    pub(super) requests: u32,
    pub(super) cpu_us_per_request: f64,
    pub(super) requests_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// The part of the time in which the server computed: 1 when its core was the limit.
    pub(super) server_busy: f64,
    /// The same of the load generator on its own core.
    pub(super) load_busy: f64,
}

impl Figures {
    /// `cpu` is what the server spent on it, and on what followed from it.
    pub(super) fn of(cpu: Duration, volleyed: &Volleyed) -> Self {
        let requests = volleyed.requests();
        let elapsed = volleyed.elapsed.as_secs_f64();
        Self {
            requests,
            cpu_us_per_request: microseconds_each(cpu, requests),
            requests_per_second: f64::from(requests) / elapsed,
            p50_ms: milliseconds(percentile(&volleyed.latencies, 50)),
            p99_ms: milliseconds(percentile(&volleyed.latencies, 99)),
            server_busy: cpu.as_secs_f64() / elapsed,
            load_busy: volleyed.own_share,
        }
    }
}

/// A time shared among requests.
pub(super) fn microseconds_each(time: Duration, requests: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(requests)
}

/// Which round is going on, for people who watch.
pub(super) fn round_name(round: u32, warm_up: u32, rounds: u32) -> String {
    if round < warm_up { "warm-up".to_owned() } else { format!("round {}/{rounds}", round - warm_up + 1) }
}
