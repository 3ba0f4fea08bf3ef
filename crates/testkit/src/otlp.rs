//! An OpenTelemetry collector that keeps what it received: OTLP over HTTP, protobuf, traces only.

mod span;

use std::sync::Mutex;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;

use crate::Failure;
use crate::http_server::{self, Answer, Handler, Request, Server};
use crate::lock::held;
pub use span::{Span, SpanEvent, SpanKind, SpanLink};

/// The collector; it ends with its owner.
#[derive(Debug)]
pub struct OtlpReceiver {
    server: Server<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    bodies: Mutex<Vec<Bytes>>,
    spans: Mutex<Vec<Span>>,
}

impl OtlpReceiver {
    /// Starts with nothing received.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self, Failure> {
        Ok(Self { server: Server::start(|_| Shelf::default()).await? })
    }

    /// The base address for exporters; they append `/v1/traces`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// Every span received so far, in the order of arrival.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        held(&self.server.handler().spans).clone()
    }

    /// The received spans of one trace, given by its 32 hexadecimal digits.
    #[must_use]
    pub fn trace(&self, trace_id: &str) -> Vec<Span> {
        let mut spans = self.spans();
        spans.retain(|span| span.trace_id == trace_id);
        spans
    }

    /// Whether this text is anywhere in what was received, resources and unknown fields included.
    #[must_use]
    pub fn has_received(&self, text: &str) -> bool {
        let received = |body: &Bytes| body.windows(text.len()).any(|part| part == text.as_bytes());
        held(&self.server.handler().bodies).iter().any(received)
    }

    /// Refuses connections from now on.
    pub async fn down(&self) {
        self.server.down().await;
    }

    /// Accepts connections again, at the same address.
    ///
    /// # Errors
    /// Somebody took the port meanwhile.
    pub async fn up(&self) -> Result<(), Failure> {
        self.server.up().await
    }
}

impl Handler for Shelf {
    async fn answer(&self, request: Request) -> Answer {
        if (request.method, request.path.as_str()) != (Method::POST, "/v1/traces") {
            return http_server::status(StatusCode::NOT_FOUND);
        }
        // No exporter under test compresses; one that does would otherwise look like one that sends nothing.
        if request.headers.contains_key(header::CONTENT_ENCODING) {
            return http_server::status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let Ok(export) = ExportTraceServiceRequest::decode(request.body.clone()) else {
            return http_server::status(StatusCode::BAD_REQUEST);
        };
        held(&self.bodies).push(request.body);
        held(&self.spans).extend(span::spans(export));
        let body = ExportTraceServiceResponse::default().encode_to_vec();
        http_server::answer(StatusCode::OK, "application/x-protobuf", body)
    }
}
