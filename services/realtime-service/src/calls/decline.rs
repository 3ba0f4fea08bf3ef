//! `POST /api/realtime/calls/{call_id}/decline`: somebody says no.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, OptionalJson, PathId, Problem};
use signal_protocol::{CallAnswer, CallId, DeclineRequest, DeviceId, ProblemDocument};

use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Declines a ring
///
/// For the caller as a whole: no device of theirs rings any more. In a group the others go on ringing.
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/decline",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body(content = Option<DeclineRequest>, description = "Nothing at all is fine"),
    responses(
        (status = 200, description = "The call after it", body = CallAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn decline(
    InOrder(caller, (PathId(call), OptionalJson(body))): InOrder<
        Commander<CommandLimit>,
        (PathId<CallId>, OptionalJson<DeclineRequest>),
    >,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let (relay, body) = (caller.relay(), body.unwrap_or_default());
    let answer = calls.ask("decline", |client| client.decline(&relay, call, &body)).await?;
    Ok(HttpResponse::Ok().json(answer))
}
