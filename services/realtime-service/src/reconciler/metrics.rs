//! What an operator counts of the comparison with LiveKit.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;

use crate::occupancy::Drift;

/// Upper bounds in seconds for a turn: from a few rooms to more than fit into a period.
const TURN_SECONDS: [f64; 8] = [0.01, 0.05, 0.25, 1.0, 5.0, 10.0, 20.0, 30.0];

/// Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub(crate) struct ReconcilerMetrics {
    turns: Family<OutcomeLabels, Counter>,
    turn_seconds: Histogram,
    rooms: Family<OutcomeLabels, Counter>,
    drift: Family<DriftLabels, Counter>,
    lag: Gauge,
    rooms_live: Family<TenantLabels, Gauge>,
    participants: Family<TenantLabels, Gauge>,
    made_anew: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TenantLabels {
    tenant: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DriftLabels {
    kind: &'static str,
}

impl ReconcilerMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            turns: Family::default(),
            turn_seconds: Histogram::new(TURN_SECONDS),
            rooms: Family::default(),
            drift: Family::default(),
            lag: Gauge::default(),
            rooms_live: Family::default(),
            participants: Family::default(),
            made_anew: Counter::default(),
        };
        registry.register(
            "reconcile_turns",
            "Turns of comparing rooms with LiveKit: done, partly (a cluster did not say which rooms it has), failed",
            metrics.turns.clone(),
        );
        registry.register(
            "reconcile_turn_seconds",
            "How long turns of comparing rooms with LiveKit took",
            metrics.turn_seconds.clone(),
        );
        registry.register(
            "reconcile_rooms",
            "Rooms that were to be compared with LiveKit: right, repaired, elsewhere, left_over, unclear, or how it failed",
            metrics.rooms.clone(),
        );
        registry.register(
            "reconcile_drift",
            "What was wrong about who is in a room, by kind",
            metrics.drift.clone(),
        );
        registry.register(
            "reconcile_lag_seconds",
            "For how long the room that was due for longest at the last turn had not been compared with LiveKit",
            metrics.lag.clone(),
        );
        registry.register(
            "rooms_live",
            "Rooms that LiveKit listed at the last turn that heard of all of them; the same for all replicas",
            metrics.rooms_live.clone(),
        );
        registry.register(
            "room_participants",
            "Participants in those rooms, by LiveKit's own count; the same for all replicas",
            metrics.participants.clone(),
        );
        registry.register(
            "occupancy_made_anew",
            "Records of who is in a room, or where somebody is, that nobody could read and that were made anew from LiveKit's list",
            metrics.made_anew.clone(),
        );
        metrics
    }

    /// Counts records that were made anew.
    pub(super) fn made_anew(&self) -> Counter {
        self.made_anew.clone()
    }

    pub(super) fn turned(&self, outcome: &'static str, took: Duration) {
        self.turns.get_or_create(&OutcomeLabels { outcome }).inc();
        self.turn_seconds.observe(took.as_secs_f64());
    }

    pub(super) fn compared(&self, outcome: &'static str) {
        self.compared_many(outcome, 1);
    }

    pub(super) fn compared_many(&self, outcome: &'static str, rooms: usize) {
        self.rooms.get_or_create(&OutcomeLabels { outcome }).inc_by(rooms as u64);
    }

    pub(super) fn drifted(&self, drift: &Drift) {
        for (kind, number) in drift.kinds() {
            self.drift.get_or_create(&DriftLabels { kind }).inc_by(number as u64);
        }
    }

    pub(super) fn lags(&self, seconds: i64) {
        self.lag.set(seconds);
    }

    /// What LiveKit has of a tenant.
    pub(super) fn listed(&self, tenant: &Tenant, rooms: usize, participants: u64) {
        let labels = TenantLabels { tenant: tenant.to_string() };
        self.rooms_live.get_or_create(&labels).set(i64::try_from(rooms).unwrap_or(i64::MAX));
        self.participants.get_or_create(&labels).set(i64::try_from(participants).unwrap_or(i64::MAX));
    }
}
