//! `POST /api/realtime/calls/{call_id}/signals`: one device of a peer-to-peer call tells the other something.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::SignalRelay;
use descriptions::{Fault, check_signal};
use http_server::{InOrder, Json, PathId, Problem, Refusal, waiting_for};
use signal_protocol::{CallId, DeviceId, ErrorCode, ProblemDocument, SignalAnswer, SignalRequest};

use super::{CallState, Commander};
use crate::limits::SignalLimit;

/// A signal, or the offer of an invite, that is not fit to be relayed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct SignalRefused(#[from] Fault);

impl Refusal for SignalRefused {
    fn problem(&self) -> Problem {
        Problem::new(self.0.code()).field(self.0.field(), self.0.problem())
    }
}

/// Sends a signal to the other device
///
/// For the two devices of a peer-to-peer call: an offer, an answer, candidates, a restart. It is stored before it is
/// answered and delivered as an event `signal`, at least once and in order. While it rings the caller may send an offer and
/// candidates, which reach every device that rings; the callee's device accepts first, or with its answer (`accept`).
#[utoipa::path(
    post,
    path = "/api/realtime/calls/{call_id}/signals",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body = SignalRequest,
    responses(
        (status = 202, description = "Stored; it will be delivered", body = SignalAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn signal(
    InOrder(caller, (PathId(call), Json(request))): InOrder<
        Commander<SignalLimit>,
        (PathId<CallId>, Json<SignalRequest>),
    >,
    signals: Data<SignalRelay>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    check_signal(&request).map_err(SignalRefused)?;
    caller.limit.check_payload(&caller.caller, &request.payload)?;
    let relay = caller.relay();
    let relayed = signals.relay(&caller.caller.tenant, caller.actor(), caller.request_id(), call, &request);
    let signal_id = match waiting_for(ErrorCode::StoreUnavailable, relayed).await? {
        Some(signal_id) => signal_id,
        // It is more than that, or is refused.
        None => calls.ask("signal", |client| client.signal(&relay, call, &request)).await?.signal_id,
    };
    Ok(HttpResponse::Accepted().json(SignalAnswer { signal_id }))
}
