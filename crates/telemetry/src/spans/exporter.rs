//! Sending spans to the collector.
//!
//! The batch processor exports on a thread of its own, where an asynchronous HTTP client cannot run; so each export
//! is a task of the runtime that the thread waits for. A second HTTP client, blocking, would bring a second runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_otlp::{Protocol, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;
use url::Url;

use super::bound::Queued;
use crate::StartError;
use crate::counters::{Counters, Reason};

/// What the collector's base URL is followed by.
const TRACES: &str = "/v1/traces";

/// An exporter that counts, and says once when the collector stops taking spans and once when it takes them again.
#[derive(Debug)]
pub(super) struct Exporter {
    otlp: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
    timeout: Duration,
    queued: Queued,
    exported: Counter,
    lost: Counter,
    is_failing: AtomicBool,
}

impl Exporter {
    pub(super) fn new(
        endpoint: &Url,
        timeout: Duration,
        queued: Queued,
        counters: &Counters,
    ) -> Result<Self, StartError> {
        let runtime = Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        #[expect(clippy::disallowed_methods, reason = "the client of the collector, with timeouts")]
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(StartError::Client)?;
        let otlp = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(format!("{}{TRACES}", endpoint.as_str().trim_end_matches('/')))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(timeout)
            // While one batch is tried again the next ones wait, and soon more are lost than a retry saves.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .map_err(StartError::Exporter)?;
        Ok(Self {
            otlp: Arc::new(otlp),
            runtime,
            timeout,
            queued,
            exported: counters.spans_exported.clone(),
            lost: counters.spans_lost(Reason::export_failed),
            is_failing: AtomicBool::new(false),
        })
    }

    /// Notes how an export went. A collector that is down is one line in the log, not one every second; its error is
    /// left out because it quotes the endpoint, which may hold a credential.
    fn conclude(&self, spans: u64, is_good: bool) {
        if is_good {
            self.exported.inc_by(spans);
        } else {
            self.lost.inc_by(spans);
        }
        let was_failing = self.is_failing.swap(!is_good, Ordering::Relaxed);
        match (was_failing, is_good) {
            (false, false) => tracing::warn!("collector.lost"),
            (true, true) => tracing::info!("collector.back"),
            (true, false) | (false, true) => {}
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.queued.leave(spans);
        let (otlp, timeout) = (Arc::clone(&self.otlp), self.timeout);
        let sent = self.runtime.spawn(async move { tokio::time::timeout(timeout, otlp.export(batch)).await });
        let result = match sent.await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(OTelSdkError::Timeout(timeout)),
            // The runtime has ended before the process has.
            Err(_) => Err(OTelSdkError::AlreadyShutdown),
        };
        self.conclude(spans as u64, result.is_ok());
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Set before the first export, and no export outlives its call.
        if let Some(otlp) = Arc::get_mut(&mut self.otlp) {
            otlp.set_resource(resource);
        }
    }
}
