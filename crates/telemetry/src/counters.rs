//! What telemetry counts about itself: whatever it had to leave out.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The counters; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    pub(crate) lines_dropped: Counter,
    pub(crate) spans_exported: Counter,
    spans_lost: Family<Lost, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lost {
    reason: Reason,
}

/// Why a span did not reach the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Reason {
    /// More spans were finished than could be sent.
    #[expect(non_camel_case_types, reason = "the label value is the name as it stands here")]
    queue_full,
    /// The collector did not take them.
    #[expect(non_camel_case_types, reason = "the label value is the name as it stands here")]
    export_failed,
}

impl Counters {
    /// The counter of spans lost for `reason`, to be kept by whoever counts.
    pub(crate) fn spans_lost(&self, reason: Reason) -> Counter {
        self.spans_lost.get_or_create_owned(&Lost { reason })
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        let lines = "Log lines left out because whoever reads the log was too slow";
        registry.register("log_lines_dropped", lines, self.lines_dropped.clone());
        let exported = "Spans that the collector has taken";
        registry.register("trace_spans_exported", exported, self.spans_exported.clone());
        let lost = "Spans that did not reach the collector";
        registry.register("trace_spans_lost", lost, self.spans_lost.clone());
    }
}
