//! The trace that the current span belongs to: its id, and taking it over from and handing it on to others.
//!
//! W3C trace context only. Baggage is neither read nor written: it would carry what strangers wrote through every
//! service.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The trace id of the current span: 32 hexadecimal digits. `None` outside of any span.
#[must_use]
pub fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| ids.trace_id().to_string())
}

/// The trace id of the current span, if its trace is one of those that are exported.
#[must_use]
pub fn sampled_trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let ids = span.span_context();
    (ids.is_valid() && ids.is_sampled()).then(|| ids.trace_id().to_string())
}

/// Writes the current span's `traceparent`, and `tracestate` if there is one.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut Written(headers));
}

/// The current span as a `traceparent`, to be kept with what it was about and linked to later. `None` outside of any span.
///
/// Without the `tracestate`: that belongs to requests, not to what is stored.
#[must_use]
pub fn traceparent() -> Option<String> {
    let mut headers = HeaderMap::new();
    inject(&mut headers);
    headers.get(TRACEPARENT)?.to_str().ok().map(str::to_owned)
}

/// Links `span` to the span that `traceparent` names, in whatever trace that is; anything but a valid one is ignored.
///
/// For what comes later and in a trace of its own, such as a deadline of something that a request began. To be called
/// before `span` ends.
pub fn link(span: &Span, traceparent: &str) {
    let other = remote(Some(traceparent), None);
    let ids = other.span().span_context().clone();
    if ids.is_valid() {
        span.add_link(ids);
    }
}

/// Makes `span` a child of the remote span that `traceparent` names; anything but a valid one is ignored.
///
/// To be called right after `span` was made: as soon as it has a child or a log line its trace is settled.
pub fn continue_from(span: &Span, traceparent: Option<&str>, tracestate: Option<&str>) {
    let remote = remote(traceparent, tracestate);
    if remote.span().span_context().is_valid() {
        // Fails for a span that is disabled or has begun, which then simply keeps the trace that it has.
        let _ = span.set_parent(remote);
    }
}

/// The span of somebody else that these headers name; an invalid one if they name none.
fn remote(traceparent: Option<&str>, tracestate: Option<&str>) -> Context {
    let received = Received { traceparent, tracestate };
    TraceContextPropagator::new().extract_with_context(&Context::new(), &received)
}

struct Written<'a>(&'a mut HeaderMap);

impl Injector for Written<'_> {
    fn set(&mut self, name: &str, value: String) {
        // The propagator writes an empty tracestate, which some receivers take for a malformed one.
        if let Ok(value) = HeaderValue::try_from(value)
            && !value.is_empty()
        {
            match name {
                TRACEPARENT => self.0.insert(HeaderName::from_static(TRACEPARENT), value),
                TRACESTATE => self.0.insert(HeaderName::from_static(TRACESTATE), value),
                _ => None,
            };
        }
    }
}

struct Received<'a> {
    traceparent: Option<&'a str>,
    tracestate: Option<&'a str>,
}

impl Extractor for Received<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            TRACEPARENT => self.traceparent,
            TRACESTATE => self.tracestate,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}
