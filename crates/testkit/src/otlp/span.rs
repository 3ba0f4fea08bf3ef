//! A received span in the form that a test compares.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1 as wire;

/// One span. Ids are lower-case hexadecimal; values of attributes are their text.
#[derive(Clone, Debug)]
pub struct Span {
    /// The resource's `service.name`.
    pub service: String,
    /// What was done.
    pub name: String,
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
    /// The parent's span id; none for the first span of a trace.
    pub parent: Option<String>,
    /// Which side of what.
    pub kind: SpanKind,
    /// The span's own attributes.
    pub attributes: BTreeMap<String, String>,
    /// What happened during it.
    pub events: Vec<SpanEvent>,
    /// The other spans that it has to do with.
    pub links: Vec<SpanLink>,
    /// The message of an error status; present, perhaps empty, exactly if the span failed.
    pub error: Option<String>,
}

/// Something that happened during a span.
#[derive(Clone, Debug)]
pub struct SpanEvent {
    /// What happened.
    pub name: String,
    /// The event's own attributes.
    pub attributes: BTreeMap<String, String>,
}

/// Another span, perhaps of another trace. Ids as in [`Span`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpanLink {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
}

/// OpenTelemetry's span kinds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpanKind {
    /// Not told.
    Unspecified,
    /// Within one service.
    Internal,
    /// Answers a request.
    Server,
    /// Makes a request.
    Client,
    /// Sends a message.
    Producer,
    /// Receives a message.
    Consumer,
}

/// All spans of one export.
pub(super) fn spans(export: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for of_resource in export.resource_spans {
        let resource =
            of_resource.resource.map(|resource| attributes(resource.attributes)).unwrap_or_default();
        let service = resource.get("service.name").cloned().unwrap_or_default();
        let of_scopes = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(of_scopes.map(|span| received(service.clone(), span)));
    }
    spans
}

fn received(service: String, span: wire::Span) -> Span {
    let kind = match span.kind() {
        wire::span::SpanKind::Unspecified => SpanKind::Unspecified,
        wire::span::SpanKind::Internal => SpanKind::Internal,
        wire::span::SpanKind::Server => SpanKind::Server,
        wire::span::SpanKind::Client => SpanKind::Client,
        wire::span::SpanKind::Producer => SpanKind::Producer,
        wire::span::SpanKind::Consumer => SpanKind::Consumer,
    };
    let failed = |status: &wire::Status| status.code() == wire::status::StatusCode::Error;
    Span {
        service,
        name: span.name,
        trace_id: hexadecimal(&span.trace_id),
        span_id: hexadecimal(&span.span_id),
        parent: (!span.parent_span_id.is_empty()).then(|| hexadecimal(&span.parent_span_id)),
        kind,
        attributes: attributes(span.attributes),
        events: span
            .events
            .into_iter()
            .map(|event| SpanEvent { name: event.name, attributes: attributes(event.attributes) })
            .collect(),
        links: span
            .links
            .into_iter()
            .map(|link| SpanLink {
                trace_id: hexadecimal(&link.trace_id),
                span_id: hexadecimal(&link.span_id),
            })
            .collect(),
        error: span.status.filter(failed).map(|status| status.message),
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key, pair.value.map(text).unwrap_or_default())).collect()
}

fn text(value: AnyValue) -> String {
    match value.value {
        None => String::new(),
        Some(any_value::Value::StringValue(value)) => value,
        Some(any_value::Value::BoolValue(value)) => value.to_string(),
        Some(any_value::Value::IntValue(value)) => value.to_string(),
        Some(any_value::Value::DoubleValue(value)) => value.to_string(),
        Some(any_value::Value::BytesValue(value)) => hexadecimal(&value),
        Some(any_value::Value::ArrayValue(list)) => {
            list.values.into_iter().map(text).collect::<Vec<_>>().join(",")
        }
        // Neither maps nor indices into a string table are used by any exporter under test.
        Some(other) => format!("{other:?}"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
