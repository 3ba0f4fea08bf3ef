//! What an operator counts of following the log.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    readings: Family<ReadingLabels, Counter>,
    heard: Counter,
    unreadable: Counter,
    begun: Counter,
    deaf: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadingLabels {
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Outcome {
    Read,
    Failed,
}

impl Metrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "revocation_readings",
            "How often the log of ended logins was read, by outcome",
            self.readings.clone(),
        );
        registry.register("revocation_heard", "Ended logins that were news here", self.heard.clone());
        registry.register(
            "revocation_unreadable",
            "Entries of the log that could not be made sense of: these logins go on",
            self.unreadable.clone(),
        );
        registry.register(
            "revocation_begun",
            "How often the log was read from its beginning: at the start, and after each loss",
            self.begun.clone(),
        );
        registry.register(
            "revocation_deaf",
            "Tenants whose log cannot be read now: ends of logins are not heard of",
            self.deaf.clone(),
        );
    }

    pub(crate) fn read(&self) {
        self.readings.get_or_create(&ReadingLabels { outcome: Outcome::Read }).inc();
    }

    pub(crate) fn failed(&self) {
        self.readings.get_or_create(&ReadingLabels { outcome: Outcome::Failed }).inc();
    }

    pub(crate) fn heard(&self) {
        self.heard.inc();
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.inc();
    }

    pub(crate) fn begun(&self) {
        self.begun.inc();
    }

    /// From now on one more tenant is not heard of, or one less.
    pub(crate) fn deaf(&self, is_deaf: bool) {
        if is_deaf {
            self.deaf.inc()
        } else {
            self.deaf.dec()
        };
    }
}
