//! What an operator counts of sockets.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub(crate) struct SignallingMetrics {
    pub(crate) received: Counter,
    pub(crate) sent: Counter,
    open: Gauge,
    closed: Family<Closed, Counter>,
    welcomed: Family<Welcomed, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Closed {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Welcomed {
    outcome: &'static str,
}

/// A socket that is open. It counts until it is dropped.
pub(crate) struct OpenSocket(Gauge);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl SignallingMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("signalling_sockets_open", "Sockets that are open", metrics.open.clone());
        registry.register(
            "signalling_sockets_closed",
            "Sockets that were closed, by the word of the close frame, or `gone` where the client was gone",
            metrics.closed.clone(),
        );
        registry.register(
            "signalling_welcomes",
            "Clients that were welcomed: new ones, those who got everything since their cursor, and those who did not",
            metrics.welcomed.clone(),
        );
        registry.register("signalling_messages_received", "Messages of clients", metrics.received.clone());
        registry.register("signalling_messages_sent", "Messages to clients", metrics.sent.clone());
        metrics
    }

    pub(crate) fn opened(&self) -> OpenSocket {
        self.open.inc();
        OpenSocket(self.open.clone())
    }

    pub(crate) fn closed(&self, reason: &'static str) {
        self.closed.get_or_create(&Closed { reason }).inc();
    }

    pub(crate) fn welcomed(&self, recovered: Option<bool>) {
        let outcome = match recovered {
            None => "new",
            Some(true) => "recovered",
            Some(false) => "not_recovered",
        };
        self.welcomed.get_or_create(&Welcomed { outcome }).inc();
    }
}
