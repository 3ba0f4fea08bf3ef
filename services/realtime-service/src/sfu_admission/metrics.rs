//! What came of the gateway's questions.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Counts answers. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct AdmissionMetrics(Family<Labels, Counter>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

impl AdmissionMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "sfu_admissions",
            "Connections to LiveKit that the gateway asked about, by outcome: admitted, or why not",
            metrics.0.clone(),
        );
        metrics
    }

    pub(super) fn answered(&self, outcome: &'static str) {
        self.0.get_or_create(&Labels { outcome }).inc();
    }
}
