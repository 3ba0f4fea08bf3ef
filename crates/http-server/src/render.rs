//! The headers of every answer, and problem documents as bytes.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE,
};
use signal_protocol::ErrorCode;

use crate::Problem;
use crate::challenge::challenge;

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
pub(crate) const TRACE_ID: &str = "x-trace-id";

/// What every answer says, whatever it is: an API's answers are neither kept, nor guessed at, nor shown as a page.
/// An answer that has one of these headers already keeps its own.
const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
];

/// A problem as it goes over the wire.
pub(crate) struct Document {
    pub(crate) code: ErrorCode,
    pub(crate) body: Vec<u8>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Document {
    pub(crate) fn of(problem: &Problem, trace_id: &str) -> Self {
        let body = serde_json::to_vec(&problem.document(trace_id)).unwrap_or_default();
        let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))];
        if let Some(seconds) = problem.retry_seconds() {
            headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if problem.code() == ErrorCode::UpgradeRequired {
            // RFC 9110, section 15.5.22, and RFC 6455, section 4.4.
            headers.push((UPGRADE, HeaderValue::from_static("websocket")));
            headers.push((SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")));
        }
        if let Some(challenge) = challenge(problem.code()) {
            headers.push((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        }
        if let Some(Ok(methods)) = problem.allowed().map(HeaderValue::from_str) {
            headers.push((ALLOW, methods));
        }
        Self { code: problem.code(), body, headers }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Its headers, instead of whatever the answer had under the same names.
    pub(crate) fn write_headers(&mut self, headers: &mut HeaderMap) {
        for (name, value) in self.headers.drain(..) {
            headers.insert(name, value);
        }
    }

    /// The whole answer as bytes, for a connection that speaks no HTTP we understand. It ends the connection.
    pub(crate) fn into_response(self, trace_id: &str, date: &str) -> Vec<u8> {
        let status = self.status();
        let mut head = format!(
            "HTTP/1.1 {} {}\r\ncontent-length: {}\r\nconnection: close\r\ndate: {date}\r\n{TRACE_ID}: {trace_id}\r\n",
            status.as_str(),
            status.canonical_reason().unwrap_or_default(),
            self.body.len(),
        );
        let own =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        for (name, value) in ALWAYS.into_iter().chain(own) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        let mut response = head.into_bytes();
        response.extend_from_slice(&self.body);
        response
    }
}

/// Writes what every answer says.
pub(crate) fn write_common_headers(headers: &mut HeaderMap, trace_id: &str) {
    const fn name(index: usize) -> HeaderName {
        HeaderName::from_static(ALWAYS[index].0)
    }
    const NAMES: [HeaderName; ALWAYS.len()] = [name(0), CACHE_CONTROL, name(2), name(3)];
    for (name, (_, value)) in NAMES.into_iter().zip(ALWAYS) {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = HeaderValue::from_str(trace_id) {
        headers.insert(HeaderName::from_static(TRACE_ID), value);
    }
}

/// The id of the current trace; a random one where nothing traces.
pub(crate) fn trace_id() -> String {
    telemetry::trace_id().unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()))
}
