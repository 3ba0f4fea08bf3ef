//! `POST /api/realtime/calls`: somebody calls.

use actix_web::HttpResponse;
use actix_web::web::Data;
use descriptions::check_offer;
use http_server::{InOrder, Json, Problem};
use signal_protocol::{DeviceId, ErrorCode, InviteAnswer, InviteRequest, ProblemDocument, RoomId};
use tracing::Span;

use super::signal::SignalRefused;
use super::{CallState, CalleeCheck, Commander};
use crate::limits::InviteLimit;

/// The most people whom one invite rings.
const MOST_CALLEES: usize = 49;

/// Calls somebody
///
/// Every device of every callee rings, until one of them is accepted, declined, or the time is up. A single callee who is
/// busy ends the call at once: it comes back with `phase: ended`. If that callee is calling at the same moment, both
/// have one call, theirs, and it is accepted: 200 with `glare`.
#[utoipa::path(
    post,
    path = "/api/realtime/calls",
    tag = "calls",
    params(
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body = InviteRequest,
    responses(
        (status = 201, description = "The call", body = InviteAnswer),
        (status = 200, description = "The callee's call to the caller, accepted", body = InviteAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn invite(
    InOrder(caller, Json(request)): InOrder<Commander<InviteLimit>, Json<InviteRequest>>,
    callees: Data<CalleeCheck>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    check(&request)?;
    if let Some(offer) = &request.offer {
        check_offer(offer).map_err(SignalRefused::from)?;
    }
    caller.limit.check_callees(&caller.caller, &request.callees)?;
    if let Some(room) = &request.room_id {
        callees.check(&caller.caller, room, &request.callees).await?;
    }
    let relay = caller.relay();
    let answer = calls.ask("invite", |client| client.invite(&relay, &request)).await?;
    Span::current().record("call.id", tracing::field::display(answer.call.id));
    Ok(if answer.glare { HttpResponse::Ok().json(answer) } else { HttpResponse::Created().json(answer) })
}

/// What must hold before anybody is asked about the callees. The rest is for the rules of calls to say.
fn check(request: &InviteRequest) -> Result<(), Problem> {
    let wrong = |field, problem: &str| Problem::new(ErrorCode::InvalidField).field(field, problem);
    if !(1..=MOST_CALLEES).contains(&request.callees.len()) {
        return Err(wrong("callees", "must be 1 to 49 people"));
    }
    if request.room_id.as_ref().is_some_and(RoomId::is_call) {
        return Err(wrong("room_id", "must not be the room of a call"));
    }
    Ok(())
}
