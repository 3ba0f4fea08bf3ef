//! `POST /api/realtime/calls/{call_id}/media`: a device tells how its media stand.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, Json, PathId, Problem};
use signal_protocol::{CallId, DeviceId, MediaReport, ProblemDocument};

use super::{CallState, Commander};
use crate::limits::MediaLimit;

/// Tells how this device's media stand
///
/// For peer-to-peer calls, of which the server sees no media. Only the device that is in the call may.
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/media",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body = MediaReport,
    responses(
        (status = 204, description = "Recorded"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn media(
    InOrder(caller, (PathId(call), Json(report))): InOrder<
        Commander<MediaLimit>,
        (PathId<CallId>, Json<MediaReport>),
    >,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    calls.ask("media", |client| client.media(&relay, call, &report)).await?;
    Ok(HttpResponse::NoContent().finish())
}
