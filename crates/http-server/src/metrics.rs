//! What a server counts about itself.

mod process;
mod requests;

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

pub(crate) use requests::{Key, Requests, Series};

use process::Process;

/// The counters of one server.
#[derive(Clone)]
pub(crate) struct Metrics {
    pub(crate) requests: Arc<Requests>,
    /// Handlers that panicked.
    pub(crate) panics: Counter,
    /// Handlers that did not answer in time.
    pub(crate) overdue: Counter,
    /// Connections closed over something that was no HTTP request, or came too slowly.
    pub(crate) refused_connections: Counter,
    /// Connections reset because the client did not take its answers.
    pub(crate) stalled_connections: Counter,
    /// Requests with an `X-Forwarded-For` that was not believed.
    pub(crate) forwarded_by_untrusted: Counter,
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Arc::default(),
            panics: Counter::default(),
            overdue: Counter::default(),
            refused_connections: Counter::default(),
            stalled_connections: Counter::default(),
            forwarded_by_untrusted: Counter::default(),
        };
        registry.register_collector(Box::new(Arc::clone(&metrics.requests)));
        registry.register_collector(Box::new(Process));
        registry.register("panics", "Handlers that panicked", metrics.panics.clone());
        registry.register(
            "http_handlers_overdue",
            "Handlers that passed their deadline",
            metrics.overdue.clone(),
        );
        registry.register(
            "http_connections_refused",
            "Connections closed over what was no HTTP request, or came too slowly",
            metrics.refused_connections.clone(),
        );
        registry.register(
            "http_connections_stalled",
            "Connections reset because the client did not take its answers",
            metrics.stalled_connections.clone(),
        );
        registry.register(
            "forwarded_by_untrusted",
            "Requests whose X-Forwarded-For was ignored: their peer is no trusted proxy",
            metrics.forwarded_by_untrusted.clone(),
        );
        metrics
    }
}
