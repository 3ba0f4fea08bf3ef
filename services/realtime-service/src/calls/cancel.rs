//! `POST /api/realtime/calls/{call_id}/cancel`: the caller gives up.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, OptionalJson, PathId, Problem};
use signal_protocol::{CallAnswer, CallId, DeviceId, EmptyRequest, ProblemDocument};

use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Gives up before anybody answers
///
/// For whoever made the call, while it rings.
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/cancel",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body(content = Option<EmptyRequest>, description = "Nothing at all is fine"),
    responses(
        (status = 200, description = "The call after it", body = CallAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn cancel(
    InOrder(caller, (PathId(call), _)): InOrder<
        Commander<CommandLimit>,
        (PathId<CallId>, OptionalJson<EmptyRequest>),
    >,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let answer = calls.ask("cancel", |client| client.cancel(&relay, call)).await?;
    Ok(HttpResponse::Ok().json(answer))
}
