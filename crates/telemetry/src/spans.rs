//! Spans and their way to the collector.

mod bound;
mod exporter;

use std::time::Duration;

use bound::{Bounded, Queued};
use exporter::Exporter;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, TracerProviderBuilder,
};
use url::Url;

use crate::counters::Counters;
use crate::{StartError, TelemetrySettings};

/// How many finished spans may wait. One takes 1 to 2 KiB.
pub(crate) const QUEUE: usize = 4_096;

/// How many spans are sent at once.
pub(crate) const BATCH: usize = 512;

/// What makes spans, and exports them if there is somewhere to export them to. Must be called inside a Tokio runtime
/// then.
pub(crate) fn provider(
    service: &'static str,
    version: &'static str,
    settings: &TelemetrySettings,
    counters: &Counters,
) -> Result<SdkTracerProvider, StartError> {
    let attributes = [KeyValue::new("service.name", service), KeyValue::new("service.version", version)];
    let builder = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_attributes(attributes).build());
    let builder = match &settings.otlp_endpoint {
        Some(endpoint) => exporting(builder, endpoint, settings, counters)?,
        // Ids only. A caller's decision is still handed on to whom we call.
        None => builder.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))),
    };
    Ok(builder.build())
}

fn exporting(
    builder: TracerProviderBuilder,
    endpoint: &Url,
    settings: &TelemetrySettings,
    counters: &Counters,
) -> Result<TracerProviderBuilder, StartError> {
    let queued = Queued::default();
    let timeout = Duration::from_millis(settings.export_timeout_ms.into());
    let exporter = Exporter::new(endpoint, timeout, queued.clone(), counters)?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(Duration::from_millis(settings.export_interval_ms.into()));
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches.build()).build();
    let new_traces = Sampler::TraceIdRatioBased(settings.sample_ratio);
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(new_traces)))
        .with_span_processor(Bounded::new(processor, queued, counters)))
}
