//! What an operator counts of webhooks.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Counts webhooks. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookMetrics {
    webhooks: Family<WebhookLabels, Counter>,
    unchecked: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookLabels {
    event: &'static str,
    outcome: &'static str,
}

impl WebhookMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "webhooks",
            "LiveKit's webhooks by event, and what came of each",
            metrics.webhooks.clone(),
        );
        registry.register(
            "webhook_arrivals_unchecked",
            "People who came into a room, and whether they may be there could not be found out at once",
            metrics.unchecked.clone(),
        );
        metrics
    }

    /// Counts one webhook; `none` is the event of one that is not LiveKit's.
    pub(super) fn took(&self, event: &'static str, outcome: &'static str) {
        self.webhooks.get_or_create(&WebhookLabels { event, outcome }).inc();
    }

    /// Counts somebody who stays for now, because nobody knows better.
    pub(super) fn unchecked(&self) {
        self.unchecked.inc();
    }
}
