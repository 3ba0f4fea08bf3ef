//! `POST /api/realtime/calls/{call_id}/accept`: somebody answers.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, OptionalJson, PathId, Problem};
use signal_protocol::{CallAnswer, CallId, DeviceId, KeyRequest, ProblemDocument};

use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Accepts a ring
///
/// The first device of the caller that accepts is in the call; the others stop ringing. Accepting again with the same
/// device changes nothing.
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/accept",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body(content = Option<KeyRequest>, description = "Nothing at all is fine"),
    responses(
        (status = 200, description = "The call after it", body = CallAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn accept(
    InOrder(caller, (PathId(call), OptionalJson(body))): InOrder<
        Commander<CommandLimit>,
        (PathId<CallId>, OptionalJson<KeyRequest>),
    >,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let (relay, body) = (caller.relay(), body.unwrap_or_default());
    let answer = calls.ask("accept", |client| client.accept(&relay, call, &body)).await?;
    Ok(HttpResponse::Ok().json(answer))
}
