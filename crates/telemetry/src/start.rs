//! Starting and stopping.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prometheus_client::registry::Registry;
use tracing::{Dispatch, Metadata, Subscriber};
use tracing_subscriber::filter::{ParseError, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, registry};

use crate::counters::Counters;
use crate::filter::{self, Wanted};
use crate::log::{Log, Queue, Sink};
use crate::{TelemetrySettings, panics, spans};

/// How long the last spans may take to leave.
const LAST_SPANS: Duration = Duration::from_millis(1_500);

/// How long the last lines may take to leave.
const LAST_LINES: Duration = Duration::from_millis(400);

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One process has one telemetry.
    #[error("telemetry was started before in this process")]
    StartedBefore,
    /// The setting `log` is no filter.
    #[error("the log filter is wrong")]
    Filter(#[from] ParseError),
    /// Spans can be exported only from within a Tokio runtime.
    #[error("there is no Tokio runtime to export spans from")]
    NoRuntime,
    /// The HTTP client for the collector could not be made.
    #[error("the HTTP client for the collector could not be made")]
    Client(#[source] reqwest::Error),
    /// The exporter could not be made.
    #[error("the exporter of spans could not be made")]
    Exporter(#[source] ExporterBuildError),
    /// The thread that writes the log could not be made.
    #[error("the thread that writes the log could not be made")]
    Thread(#[source] std::io::Error),
}

/// Running telemetry. Dropped without [`Telemetry::stop`] it still writes out the log.
#[must_use = "what is not written yet is written when this stops"]
pub struct Telemetry {
    provider: SdkTracerProvider,
    lines: Queue,
    counters: Counters,
}

/// Starts logs and traces for the whole process, which is `name` in `version`. Panics are logged from then on.
///
/// # Errors
///
/// When telemetry runs already, the settings are wrong, or, with an endpoint for spans, outside of a Tokio runtime.
pub fn start(
    name: &'static str,
    version: &'static str,
    settings: &TelemetrySettings,
) -> Result<Telemetry, StartError> {
    let counters = Counters::default();
    let lines = Queue::new(counters.lines_dropped.clone());
    let provider = spans::provider(name, version, settings, &counters)?;
    let log = Log::new(name, settings.log_format, Sink::Queue(lines.clone()));
    let dispatch = Dispatch::new(subscriber(log, &provider, &settings.log)?);
    tracing::dispatcher::set_global_default(dispatch).map_err(|_| StartError::StartedBefore)?;
    lines.drain_into(std::io::stdout()).map_err(StartError::Thread)?;
    panics::log();
    Ok(Telemetry { provider, lines, counters })
}

/// Everything that hears of spans and events.
pub(crate) fn subscriber(
    log: Log,
    provider: &SdkTracerProvider,
    filter: &str,
) -> Result<impl Subscriber + Send + Sync + use<>, ParseError> {
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(""))
        // Where a span stands in the code, on which thread and for how long it idled: dear, and of use to nobody.
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        // The current span is tracing's; a second notion of it would cost at each poll of each future.
        .with_context_activation(false)
        // Events are in the log, with the trace id; spans would carry them a second time.
        .with_filter(filter_fn(is_span));
    Ok(registry().with(Wanted(filter::parse(filter)?)).with(traces).with(log))
}

fn is_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
}

impl Telemetry {
    /// Sends what is left to send, and takes two seconds at most.
    pub async fn stop(self) {
        // Waits on threads, one of which needs this very runtime to go on.
        let stopped = tokio::task::spawn_blocking(move || {
            // Too late or refused: the exporter has counted and told it.
            let _ = self.provider.shutdown_with_timeout(LAST_SPANS);
            drop(self);
        });
        // Fails only if the runtime ends, and there is nothing to do about that here.
        let _ = stopped.await;
    }

    /// Registers what telemetry counts about itself.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.counters.register(registry);
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.lines.flush(LAST_LINES);
    }
}

#[cfg(test)]
mod tests;
