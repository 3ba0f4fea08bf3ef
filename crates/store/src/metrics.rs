//! What is counted: how long each verb took, how it ended, and how often the network was crossed for it.

use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::{Key, StoreError};

/// Upper bounds in seconds: from a round trip on one machine to the longest that is waited for.
const SECONDS: [f64; 11] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5];

/// The verbs of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Read,
    Commit,
    ClaimDue,
    Timers,
    ReadLog,
    ReadLogBack,
    Consume,
    Take,
    Scan,
    Epoch,
    Bell,
    Probe,
}

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Commit => "commit",
            Self::ClaimDue => "claim_due",
            Self::Timers => "timers",
            Self::ReadLog => "read_log",
            Self::ReadLogBack => "read_log_back",
            Self::Consume => "consume",
            Self::Take => "take",
            Self::Scan => "scan",
            Self::Epoch => "epoch",
            Self::Bell => "bell",
            Self::Probe => "probe",
        }
    }
}

/// The metrics of one store.
#[derive(Debug)]
pub(crate) struct Metrics {
    operations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    round_trips: Family<RoundTripLabels, Counter>,
    corrupt_records: Counter,
    changes_overtaken: Family<OvertakenLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RoundTripLabels {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OvertakenLabels {
    change: &'static str,
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            operations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            round_trips: Family::default(),
            corrupt_records: Counter::default(),
            changes_overtaken: Family::default(),
        }
    }
}

impl Metrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "store_operation_seconds",
            "What was asked of the store, by verb and outcome, all tries and waits included",
            self.operations.clone(),
        );
        registry.register(
            "store_round_trips",
            "How often the network was crossed, by verb",
            self.round_trips.clone(),
        );
        registry.register(
            "store_corrupt_records",
            "Records that could not be read, which are never taken for absent",
            self.corrupt_records.clone(),
        );
        registry.register(
            "store_changes_overtaken",
            "Times that somebody else changed first what a change rests on, by change and what became of it",
            self.changes_overtaken.clone(),
        );
    }

    /// Observes a verb from `started` until now.
    pub(crate) fn observe(&self, operation: Operation, outcome: &'static str, started: Instant) {
        let labels = OperationLabels { operation: operation.as_str(), outcome };
        self.operations.get_or_create(&labels).observe(started.elapsed().as_secs_f64());
    }

    pub(crate) fn round_trip(&self, operation: Operation) {
        self.round_trips.get_or_create(&RoundTripLabels { operation: operation.as_str() }).inc();
    }

    /// Counts that somebody else was faster than a change, which is tried again, or not any more.
    pub(crate) fn overtaken(&self, change: &'static str, is_over: bool) {
        let outcome = if is_over { "given_up" } else { "tried_again" };
        self.changes_overtaken.get_or_create(&OvertakenLabels { change, outcome }).inc();
    }

    #[cfg(test)]
    pub(crate) fn overtaken_by(&self, change: &'static str, outcome: &'static str) -> u64 {
        self.changes_overtaken.get_or_create(&OvertakenLabels { change, outcome }).get()
    }

    /// Counts and logs a record that cannot be read; its content may hold anything and is not told.
    pub(crate) fn corrupt(&self, key: &Key, error: &str) -> StoreError {
        self.corrupt_records.inc();
        tracing::error!(store.key = %key, error, "store.record_corrupt");
        StoreError::Corrupt { key: key.clone() }
    }
}
