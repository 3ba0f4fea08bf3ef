//! Problems: how anything that goes wrong reaches a client, and how it does not.

use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value};
use signal_protocol::{ErrorCode, FieldProblem, ProblemDocument};

/// A refusal on its way to a client, as RFC 9457 `application/problem+json`.
///
/// Holds only what the client may see. The document is written once, at the edge of the server, where the trace id
/// is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Content>);

#[derive(Debug, Clone, PartialEq)]
struct Content {
    code: ErrorCode,
    fields: Vec<FieldProblem>,
    retry_after: Option<u32>,
    allow: Option<String>,
    extensions: Map<String, Value>,
}

impl Problem {
    /// The problem `code`, with nothing added.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self(Box::new(Content {
            code,
            fields: Vec::new(),
            retry_after: None,
            allow: None,
            extensions: Map::new(),
        }))
    }

    /// Names a field, header or parameter and what is wrong with it. May be called several times.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, problem: impl Into<String>) -> Self {
        self.0.fields.push(FieldProblem { field: field.into(), problem: problem.into() });
        self
    }

    /// `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// A member beside the standard ones, such as `call_id`.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.extensions.insert(name.into(), value.into());
        self
    }

    /// The `Allow` header: the methods that would have been right, separated by commas.
    #[must_use]
    pub(crate) fn allow(mut self, methods: &str) -> Self {
        self.0.allow = Some(methods.to_owned());
        self
    }

    /// The problem that another service of ours answered with, to be passed on: everything in it but the trace id,
    /// which is that of the request here. `retry_after` is that answer's header, in seconds.
    #[must_use]
    pub fn relayed(document: ProblemDocument, retry_after: Option<u32>) -> Self {
        let ProblemDocument { code, fields, extensions, .. } = document;
        Self(Box::new(Content { code, fields, retry_after, allow: None, extensions }))
    }

    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The fields it names.
    #[must_use]
    pub fn fields(&self) -> &[FieldProblem] {
        &self.0.fields
    }

    /// The `Allow` header, if the problem is about the method.
    pub(crate) fn allowed(&self) -> Option<&str> {
        self.0.allow.as_deref()
    }

    /// Seconds until another try makes sense. Every 503 and 429 says some, the client would otherwise try at once.
    pub(crate) fn retry_seconds(&self) -> Option<u32> {
        const UNLESS_SAID: u32 = 2;
        self.0.retry_after.or_else(|| matches!(self.0.code.status(), 429 | 503).then_some(UNLESS_SAID))
    }

    /// The document for the wire.
    pub(crate) fn document(&self, trace_id: &str) -> ProblemDocument {
        let mut document = ProblemDocument::new(self.0.code, trace_id.to_owned());
        document.fields.clone_from(&self.0.fields);
        document.extensions.clone_from(&self.0.extensions);
        document
    }

    pub(crate) fn http_status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.code.as_str())
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.http_status()
    }

    /// Status only. The observer at the edge of the server writes headers and body.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.http_status())
    }
}

/// An error of an operation that knows what its client may be told.
///
/// Implement it on the operation's error enum; `?` in a handler then answers with the problem and logs the error with
/// all its sources, once: as an error if the fault is ours, as a warning if it is that of something behind us, else for information. Neither the
/// error's text nor its sources reach the client.
pub trait Refusal: Error + 'static {
    /// What the client is told.
    fn problem(&self) -> Problem;
}

impl<R: Refusal> From<R> for Problem {
    fn from(refusal: R) -> Self {
        let problem = refusal.problem();
        let code = problem.code();
        let error: &(dyn Error + 'static) = &refusal;
        match code {
            ErrorCode::Internal => tracing::error!(code = code.as_str(), error, "request.failed"),
            _ if code.status() >= 500 => tracing::warn!(code = code.as_str(), error, "request.failed"),
            _ => tracing::info!(code = code.as_str(), error, "request.refused"),
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the room could not be made")]
    struct NoRoom(#[source] std::io::Error);

    impl Refusal for NoRoom {
        fn problem(&self) -> Problem {
            Problem::new(ErrorCode::SfuUnavailable).retry_after(7)
        }
    }

    #[test]
    fn neither_text_nor_source_of_an_error_is_in_its_problem() {
        let problem = Problem::from(NoRoom(std::io::Error::other("connection refused by 10.0.0.7")));
        let document = serde_json::to_string(&problem.document("0")).expect("a problem is JSON");
        assert_eq!(problem.code(), ErrorCode::SfuUnavailable);
        assert!(!document.contains("10.0.0.7") && !document.contains("could not be made"), "{document}");
    }

    #[test]
    fn a_relayed_problem_keeps_everything_but_its_trace() {
        let first = Problem::new(ErrorCode::AlreadyInCall)
            .field("user_id", "is in the call")
            .extension("call_id", "0198c5a0-7c3e-7d5a-8f00-0123456789ab");
        let relayed = Problem::relayed(first.document("theirs"), Some(7));
        assert_eq!(relayed.document("ours"), first.document("ours"));
        assert_eq!(relayed.retry_seconds(), Some(7));
    }

    #[test]
    fn a_problem_that_passes_says_when_to_come_back() {
        for (problem, seconds) in [
            (Problem::new(ErrorCode::SfuUnavailable).retry_after(7), Some(7)),
            (Problem::new(ErrorCode::SfuUnavailable), Some(2)),
            (Problem::new(ErrorCode::RateLimited), Some(2)),
            (Problem::new(ErrorCode::NotFound), None),
        ] {
            assert_eq!(problem.retry_seconds(), seconds, "{problem}");
        }
    }
}
