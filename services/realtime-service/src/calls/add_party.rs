//! `POST /api/realtime/calls/{call_id}/parties`: one more person is rung.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, Json, PathId, Problem};
use signal_protocol::{AddPartyRequest, CallAnswer, CallId, DeviceId, ErrorCode, ProblemDocument};
use tokio::time::{Instant, timeout};

use super::{CallState, CalleeCheck, Commander};
use crate::limits::InviteLimit;

/// Rings one more person into a call
///
/// For the caller while it rings, and for everybody in it once somebody has accepted. LiveKit calls only.
/// Counts like an invite.
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/parties",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body = AddPartyRequest,
    responses(
        (status = 201, description = "The call after it", body = CallAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn add_party(
    InOrder(caller, (PathId(call), Json(request))): InOrder<
        Commander<InviteLimit>,
        (PathId<CallId>, Json<AddPartyRequest>),
    >,
    callees: Data<CalleeCheck>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let added = std::slice::from_ref(&request.user_id);
    caller.limit.check_callees(&caller.caller, added)?;
    let relay = caller.relay();
    // Whom a call about a room may ring is the room's to say, whenever they are rung.
    let started = Instant::now();
    let shown = timeout(callees.deadline(), calls.ask("show", |client| client.call(&relay, call)));
    let shown = shown.await.map_err(|_| Problem::new(ErrorCode::CallStateUnavailable))??;
    if let Some(room) = &shown.room_id {
        let left = callees.deadline().saturating_sub(started.elapsed());
        callees.check_within(left, &caller.caller, room, added).await?;
    }
    let answer = calls.ask("add_party", |client| client.add_party(&relay, call, &request)).await?;
    Ok(HttpResponse::Created().json(answer))
}
