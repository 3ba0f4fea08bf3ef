//! `POST /api/realtime/calls/{call_id}/ringing`: a device shows the ring.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, OptionalJson, PathId, Problem};
use signal_protocol::{CallId, DeviceId, KeyRequest, ProblemDocument};

use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Tells that this device shows the ring
///
/// The caller then sees that it rings. Its `key` is what an end-to-end encrypted call needs of it.
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/ringing",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body(content = Option<KeyRequest>, description = "Nothing at all is fine"),
    responses(
        (status = 204, description = "Recorded"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn ringing(
    InOrder(caller, (PathId(call), OptionalJson(body))): InOrder<
        Commander<CommandLimit>,
        (PathId<CallId>, OptionalJson<KeyRequest>),
    >,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let (relay, body) = (caller.relay(), body.unwrap_or_default());
    calls.ask("ringing", |client| client.ringing(&relay, call, &body)).await?;
    Ok(HttpResponse::NoContent().finish())
}
