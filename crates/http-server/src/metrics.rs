//! What a server counts about itself.

mod process;
mod requests;

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

pub(crate) use requests::{Key, Series};

use process::Process;
use requests::Requests;

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
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Arc::default(),
            panics: Counter::default(),
            overdue: Counter::default(),
            refused_connections: Counter::default(),
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
        metrics
    }
}
