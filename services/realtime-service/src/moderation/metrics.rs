//! What an operator counts of moderation.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Evicted;
use crate::sfu::SfuFailure;

/// Upper bounds in seconds for the time until somebody is out of the room: one is what is promised.
const REMOVAL_SECONDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];

/// Metrics of moderation. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub(crate) struct ModerationMetrics {
    acts: Family<ActLabels, Counter>,
    evictions: Family<EvictionLabels, Counter>,
    removal_seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ActLabels {
    act: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EvictionLabels {
    outcome: &'static str,
}

impl ModerationMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            acts: Family::default(),
            evictions: Family::default(),
            removal_seconds: Histogram::new(REMOVAL_SECONDS),
        };
        registry.register(
            "moderation_acts",
            "What moderators did, by act and outcome: done, or the code of the refusal",
            metrics.acts.clone(),
        );
        registry.register(
            "evictions",
            "People sent out of LiveKit's rooms by outcome: removed, absent, or how LiveKit failed",
            metrics.evictions.clone(),
        );
        registry.register(
            "moderation_removal_seconds",
            "From the request to kick or ban somebody who is in the room to LiveKit's list without them",
            metrics.removal_seconds.clone(),
        );
        metrics
    }

    /// Counts an act of a moderator: `done`, or the code of the refusal.
    pub(crate) fn acted(&self, act: &'static str, outcome: &'static str) {
        self.acts.get_or_create(&ActLabels { act, outcome }).inc();
    }

    /// Somebody is out of the room, `took` after that was asked for.
    pub(crate) fn removed(&self, took: Duration) {
        self.removal_seconds.observe(took.as_secs_f64());
    }

    pub(super) fn evicted(&self, outcome: &Result<Evicted, SfuFailure>) {
        let outcome = match outcome {
            Ok(Evicted { connections: 0 }) => "absent",
            Ok(Evicted { .. }) => "removed",
            Err(failure) => failure.outcome(),
        };
        self.evictions.get_or_create(&EvictionLabels { outcome }).inc();
    }
}
