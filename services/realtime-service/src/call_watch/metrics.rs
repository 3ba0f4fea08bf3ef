//! What an operator counts of looks at the rooms of calls.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub(crate) struct CallWatchMetrics {
    looks: Family<LookLabels, Counter>,
    outsiders: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LookLabels {
    outcome: &'static str,
}

impl CallWatchMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self { looks: Family::default(), outsiders: Counter::default() };
        registry.register(
            "call_looks",
            "Looks at the rooms of calls because of a webhook: done, overflowed, or the code of the failure",
            metrics.looks.clone(),
        );
        registry.register(
            "call_outsiders",
            "Connections that were ended because whoever they were of is not in the call, or no more",
            metrics.outsiders.clone(),
        );
        metrics
    }

    pub(super) fn sent_out(&self) {
        self.outsiders.inc();
    }

    pub(super) fn looked(&self, outcome: &'static str) {
        self.looks.get_or_create(&LookLabels { outcome }).inc();
    }
}
