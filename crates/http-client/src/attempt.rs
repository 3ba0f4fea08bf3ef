//! One try of a request: one client span, one `traceparent`, one answer read to its end.

use http::HeaderMap;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span, field};

use crate::{Failure, Request, Response, response};

/// Sends `request` once and reads the answer, both before `deadline`. `resend` tells which try it is, 0 the first.
pub(crate) async fn send(request: &Request<'_>, resend: u8, deadline: Instant) -> Result<Response, Failure> {
    let span = span_of(request, resend);
    let timeout_ms = request.client.settings.timeout_ms;
    let outcome = timeout_at(deadline, exchange(request).instrument(span.clone()))
        .await
        .unwrap_or(Err(Failure::Timeout { timeout_ms }));
    conclude(&span, &outcome);
    outcome
}

async fn exchange(request: &Request<'_>) -> Result<Response, Failure> {
    let mut headers: HeaderMap = request.headers.clone();
    // Inside the span of this try, so that the other side's span becomes its child.
    telemetry::inject(&mut headers);
    let mut sent = request.client.inner.request(request.method.clone(), request.url.clone()).headers(headers);
    if let Some(body) = &request.body {
        sent = sent.body(body.clone());
    }
    let answer = sent.send().await.map_err(Failure::of)?;
    Span::current().record("http.response.status_code", answer.status().as_u16());
    response::read(answer, request.client.settings.body_limit_bytes).await
}

/// The span, with the names of OpenTelemetry's HTTP conventions. The path is left out as well as the query: paths of
/// ours hold user and room ids.
fn span_of(request: &Request<'_>, resend: u8) -> Span {
    let span = tracing::info_span!(
        "http.client",
        otel.kind = "client",
        otel.name = request.method.as_str(),
        otel.status_code = field::Empty,
        peer.service = request.client.name,
        http.request.method = request.method.as_str(),
        http.request.resend_count = field::Empty,
        http.response.status_code = field::Empty,
        server.address = request.url.host_str(),
        server.port = request.url.port_or_known_default(),
        error.type = field::Empty,
    );
    if resend > 0 {
        span.record("http.request.resend_count", resend);
    }
    span
}

fn conclude(span: &Span, outcome: &Result<Response, Failure>) {
    match outcome {
        // By the conventions every 4xx and 5xx is an error for a client's span.
        Ok(answer) if answer.status.as_u16() >= 400 => {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", answer.status.as_str());
        }
        Ok(_) => {}
        Err(failure) => {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", failure.kind());
        }
    }
}
