//! Which web pages of other origins may read our answers.

use actix_cors::{Cors, CorsError};
use actix_web::http::Method;
use actix_web::middleware::Condition;

use signal_protocol::ErrorCode;

use crate::{CorsSettings, Problem};

/// Exact origins, no credentials: the token is in a header that a page sets itself, so there is nothing to ride on.
///
/// A request from another origin is served without the header that would let the page read the answer; blocking it
/// would protect nothing, since it carries no ambient authority.
pub(crate) fn middleware(settings: &CorsSettings) -> Condition<Cors> {
    const A_DAY_SECONDS: usize = 86_400;
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([
            "authorization",
            "content-type",
            "x-device-id",
            "idempotency-key",
            "if-match",
            "traceparent",
            "tracestate",
            "baggage",
        ])
        .expose_headers(["x-trace-id", "retry-after"])
        .max_age(A_DAY_SECONDS);
    let cors = settings.origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin));
    Condition::new(!settings.origins.is_empty(), cors)
}

/// What a refused preflight is told. A browser shows its page nothing of it; whoever looks at the network does see it.
pub(crate) fn problem(refused: &CorsError) -> Problem {
    let (field, problem) = if matches!(refused, CorsError::BadRequestMethod | CorsError::MethodNotAllowed) {
        ("Access-Control-Request-Method", "is no method that pages may use")
    } else if matches!(refused, CorsError::BadRequestHeaders | CorsError::HeadersNotAllowed) {
        ("Access-Control-Request-Headers", "names a header that pages may not send")
    } else {
        ("Origin", "is no origin whose pages may call")
    };
    Problem::new(ErrorCode::InvalidField).field(field, problem)
}
