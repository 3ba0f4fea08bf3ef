//! The breaker and the retry budget of one cluster, shared by all calls to it; changes are told to the log and the metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::SfuFailure;
use super::breaker::{Breaker, Change, Verdict};
use super::budget::Budget;
use crate::metrics::ServiceMetrics;

/// What stands between the calls and a cluster.
pub(super) struct Guard {
    cluster: Arc<str>,
    breaker: Mutex<Breaker>,
    budget: Mutex<Budget>,
    metrics: ServiceMetrics,
}

impl Guard {
    pub(super) fn new(cluster: Arc<str>, metrics: ServiceMetrics) -> Self {
        metrics.sfu_breaker(&cluster, false);
        Self { cluster, breaker: Mutex::new(Breaker::new()), budget: Mutex::new(Budget::new()), metrics }
    }

    /// Whether the cluster may be asked.
    pub(super) fn enter(&self, now: Instant) -> Result<(), SfuFailure> {
        lock(&self.breaker).enter(now).map_err(|rest| SfuFailure::LeftAlone { rest })
    }

    /// What became of a call.
    pub(super) fn conclude(&self, verdict: Verdict, now: Instant) {
        let change = lock(&self.breaker).conclude(verdict, now);
        match change {
            Some(Change::Opened(rest)) => {
                self.metrics.sfu_breaker(&self.cluster, true);
                let rest_ms = u64::try_from(rest.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(sfu.cluster = &*self.cluster, rest_ms, "sfu.breaker_opened");
            }
            Some(Change::Closed) => {
                self.metrics.sfu_breaker(&self.cluster, false);
                tracing::info!(sfu.cluster = &*self.cluster, "sfu.breaker_closed");
            }
            None => {}
        }
    }

    /// A call begins.
    pub(super) fn called(&self) {
        lock(&self.budget).called();
    }

    /// Whether what failed may be tried again, as far as the budget goes.
    pub(super) fn may_retry(&self) -> bool {
        let affords = lock(&self.budget).withdraw();
        self.metrics.sfu_retry(&self.cluster, if affords { "tried" } else { "no_budget" });
        affords
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
