//! One request and its answer, as traces, metrics and the log see them. Never the query, an address or a header.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_cors::CorsError;
use actix_http::ConnectionType;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, X_FORWARDED_FOR};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpResponse};
use signal_protocol::ErrorCode;
use tracing::Span;
use tracing::field::Empty;

use crate::connection::Progress;
use crate::edge::Edge;
use crate::metrics::Key;
use crate::render::{self, Document, write_common_headers};
use crate::route::Matched;
use crate::{Problem, cors};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What is kept of a request before the router takes it.
pub(super) struct Arrival {
    at: Instant,
    method: Method,
    traceparent: Option<HeaderValue>,
    tracestate: Option<HeaderValue>,
    /// It names a client, and nobody believes it.
    forwarded_by_untrusted: bool,
    connection: Option<Rc<Progress>>,
}

impl Arrival {
    pub(super) fn of(request: &ServiceRequest, edge: &Edge) -> Self {
        let connection = request.conn_data::<Rc<Progress>>().cloned();
        if let Some(connection) = &connection {
            let (_, body) = request.parts();
            connection.request_began(!matches!(body, Payload::None));
        }
        // Whoever is no proxy of ours could force sampling, join traces that are not theirs, or name any address.
        let believed = || request.peer_addr().is_some_and(|peer| edge.trusts(peer.ip()));
        let traceparent = request.headers().get(TRACEPARENT).filter(|_| believed());
        let tracestate = traceparent.and_then(|_| request.headers().get(TRACESTATE));
        Self {
            at: Instant::now(),
            method: request.method().clone(),
            traceparent: traceparent.cloned(),
            tracestate: tracestate.cloned(),
            forwarded_by_untrusted: request.headers().contains_key(X_FORWARDED_FOR) && !believed(),
            connection,
        }
    }
}

/// A request that is being answered.
pub(super) struct Exchange {
    arrival: Arrival,
    method: &'static str,
    route: Rc<Matched>,
    edge: Arc<Edge>,
    span: Span,
}

impl Exchange {
    pub(super) fn begin(arrival: Arrival, route: Rc<Matched>, edge: Arc<Edge>) -> Self {
        let method = known(&arrival.method);
        let span = tracing::info_span!(
            // A request that comes over a socket is no part of what the socket does otherwise.
            parent: None,
            "http.request",
            otel.name = format_args!("{}.{}", edge.service, route.operation(&arrival.method)),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method,
            http.route = route.pattern(),
            http.response.status_code = Empty,
            // What extractors and handlers may record, for every line of the request.
            tenant.id = Empty,
            user.id = Empty,
            device.id = Empty,
            room.id = Empty,
            call.id = Empty,
        );
        if let Some(parent) = &arrival.traceparent {
            let state = arrival.tracestate.as_ref().and_then(|state| state.to_str().ok());
            telemetry::continue_from(&span, parent.to_str().ok(), state);
        }
        if arrival.forwarded_by_untrusted {
            span.in_scope(|| edge.forwarded_by_untrusted());
        }
        Self { arrival, method, route, edge, span }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Makes `response` what leaves, and tells of it. Runs inside the span.
    pub(super) fn conclude<B>(
        &self,
        response: HttpResponse<EitherBody<B>>,
        error: Option<&Error>,
    ) -> HttpResponse<EitherBody<B>> {
        let trace_id = render::trace_id();
        let document = document(error.or(response.error()), response.head(), &trace_id);
        let code = document.as_ref().map_or("", |document| document.code.as_str());
        let mut response = match document {
            Some(mut document) => {
                let status = document.status();
                let body = std::mem::take(&mut document.body);
                let mut response = response.map_body(|_, _| EitherBody::right(body.boxed()));
                *response.status_mut() = status;
                document.write_headers(response.headers_mut());
                response
            }
            None => response,
        };
        write_common_headers(response.headers_mut(), &trace_id);
        let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if !is_upgrade && (self.edge.is_draining() || self.has_unread_body()) {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        self.tell(response.status(), code);
        response
    }

    /// Whether the answer is given instead of reading the body to its end. What follows is then not told from a next
    /// request by everybody alike, so none is invited.
    fn has_unread_body(&self) -> bool {
        self.arrival.connection.as_ref().is_some_and(|connection| connection.has_unread_body())
    }

    fn tell(&self, status: StatusCode, code: &'static str) {
        let now = Instant::now();
        let took = now.duration_since(self.arrival.at);
        if let Some(connection) = &self.arrival.connection {
            if status == StatusCode::SWITCHING_PROTOCOLS {
                connection.upgraded();
            } else {
                connection.answered(now);
            }
        }
        let status = status.as_u16();
        self.span.record("http.response.status_code", status);
        if status >= 500 {
            self.span.record("otel.status_code", "ERROR");
        }
        let route = self.route.pattern();
        let key = Key { route, method: self.method, status, code };
        self.route.series(key, &self.edge.metrics).observe(took, || {
            telemetry::sampled_trace_id().map(|trace_id| (trace_id, self.edge.clock.now()))
        });
        tracing::info!(
            http.response.status_code = status,
            code = (!code.is_empty()).then_some(code),
            duration_ms = took.as_secs_f64() * 1_000.0,
            "request.answered"
        );
    }
}

/// The document that replaces an answer's body, if the answer is a refusal in any other form.
fn document(error: Option<&Error>, head: &actix_http::ResponseHead, trace_id: &str) -> Option<Document> {
    if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
        return Some(Document::of(problem, trace_id));
    }
    if let Some(refused) = error.and_then(|error| error.as_error::<CorsError>()) {
        return Some(Document::of(&cors::problem(refused), trace_id));
    }
    let is_refusal = head.status.is_client_error() || head.status.is_server_error();
    // JSON that a handler wrote on purpose, in the shape of some other protocol, stays.
    if !is_refusal || (error.is_none() && is_json(head.headers())) {
        return None;
    }
    Some(Document::of(&foreign(head.status), trace_id))
}

/// The problem nearest to a status that some library chose.
fn foreign(status: StatusCode) -> Problem {
    let code = ErrorCode::ALL.iter().copied().find(|code| {
        // Of several codes of one status the first that says nothing about a subject.
        code.status() == status.as_u16()
            && !matches!(code, ErrorCode::MalformedJson | ErrorCode::RoomNotFound | ErrorCode::TokenMissing)
    });
    match code {
        Some(code) if status.is_client_error() => Problem::new(code),
        None if status.is_client_error() => Problem::new(ErrorCode::InvalidField),
        Some(_) | None => {
            tracing::error!(status = status.as_u16(), "request.answered_by_nobody");
            Problem::new(ErrorCode::Internal)
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().starts_with(b"application/json")
            || value.as_bytes().starts_with(b"application/problem+json")
    })
}

/// The method's name if it is a usual one. Anything else could be made up without end.
fn known(method: &Method) -> &'static str {
    const KNOWN: [(Method, &str); 8] = [
        (Method::POST, "POST"),
        (Method::GET, "GET"),
        (Method::PUT, "PUT"),
        (Method::DELETE, "DELETE"),
        (Method::PATCH, "PATCH"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::HEAD, "HEAD"),
        (Method::TRACE, "TRACE"),
    ];
    KNOWN.iter().find(|(known, _)| known == method).map_or("_OTHER", |(_, name)| name)
}
