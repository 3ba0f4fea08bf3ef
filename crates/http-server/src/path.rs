//! Identifiers in the path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use signal_protocol::{CallId, ErrorCode, RoomId, UserId};
use tracing::Span;

use crate::Problem;

/// What may stand for a segment of a route's pattern.
pub trait PathParameter: Sized {
    /// The segment's name in the pattern: `room_id` for `/rooms/{room_id}`.
    const NAME: &'static str;

    /// The field of the request's span and log lines that holds it, such as `room.id`, if it is the request's subject.
    const FIELD: Option<&'static str> = None;

    /// Takes the segment's text as the identifier, or says in words what one looks like.
    fn parse(text: &str) -> Result<Self, String>;

    /// The answer to a segment that is none; `problem` is what `parse` said.
    #[must_use]
    fn refused(problem: String) -> Problem {
        Problem::new(ErrorCode::InvalidField).field(Self::NAME, problem)
    }
}

impl PathParameter for RoomId {
    const NAME: &'static str = "room_id";
    const FIELD: Option<&'static str> = Some("room.id");

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
}

impl PathParameter for UserId {
    const NAME: &'static str = "user_id";

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
}

impl PathParameter for CallId {
    const NAME: &'static str = "call_id";
    const FIELD: Option<&'static str> = Some("call.id");

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }

    /// Clients never choose the id of a call: one that is none was not given by us, so there is no such call.
    fn refused(_problem: String) -> Problem {
        Problem::new(ErrorCode::CallNotFound)
    }
}

/// One segment of the path, as an identifier.
///
/// The router matches the path as it was sent and decodes a segment afterwards, all but `%25`, `%2B` and `%2F`: an
/// encoded slash or percent sign is never part of an identifier here, and neither are `..`, a NUL or broken UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathId<T>(pub T);

impl<T: PathParameter> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get(T::NAME).unwrap_or_default();
        let parsed = T::parse(text);
        if let (Ok(_), Some(field)) = (&parsed, T::FIELD) {
            Span::current().record(field, text);
        }
        ready(parsed.map(Self).map_err(T::refused))
    }
}
