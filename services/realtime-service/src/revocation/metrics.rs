//! What an operator counts of ended logins.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct RevocationMetrics {
    logouts: Family<Outcome, Counter>,
    leavings: Family<Outcome, Counter>,
    sweeps: Family<Outcome, Counter>,
    lookups: Family<Outcome, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl RevocationMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "backchannel_logouts",
            "Logout tokens by outcome: ended, repeated, failed, or why they were refused",
            metrics.logouts.clone(),
        );
        registry.register(
            "revocation_leavings",
            "People whose login was ended, by what came of their rooms: left, absent, failed, dropped",
            metrics.leavings.clone(),
        );
        registry.register(
            "revocation_sweeps",
            "Turns at looking everybody up at the issuer, by outcome: done, cut_off, elsewhere, failed",
            metrics.sweeps.clone(),
        );
        registry.register(
            "revocation_lookups",
            "People looked up at the issuer, by outcome: enabled, disabled, gone, unknown",
            metrics.lookups.clone(),
        );
        metrics
    }

    pub(super) fn logged_out(&self, outcome: &'static str) {
        self.logouts.get_or_create(&Outcome { outcome }).inc();
    }

    pub(super) fn left(&self, outcome: &'static str) {
        self.leavings.get_or_create(&Outcome { outcome }).inc();
    }

    pub(super) fn swept(&self, outcome: &'static str) {
        self.sweeps.get_or_create(&Outcome { outcome }).inc();
    }

    pub(super) fn looked_up(&self, outcome: &'static str) {
        self.lookups.get_or_create(&Outcome { outcome }).inc();
    }
}
