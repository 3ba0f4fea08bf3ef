//! `POST /internal/calls`: calls somebody.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::{Command, check_invite};
use clock::Clock;
use http_server::{Authenticated, Device, IdempotencyKey, InOrder, Json, Problem};
use signal_protocol::{CallId, InviteRequest};
use uuid::{NoContext, Timestamp, Uuid};

use super::{actor, answer, request, within_bounds};

pub(crate) async fn invite(
    InOrder(Authenticated(caller), (device, key, Json(invite))): InOrder<
        Authenticated,
        (Device, IdempotencyKey, Json<InviteRequest>),
    >,
    desk: Data<Desk>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Problem> {
    within_bounds(check_invite(&invite, &caller.user, desk.rules()))?;
    let request = request(&caller, key, "call.invite", "", &invite);
    let command = Command::Invite {
        call: new_call(&clock),
        actor: actor(&caller, device),
        request: invite,
        traceparent: telemetry::traceparent(),
        // Where nothing is traced the call has a trace of its own that nobody recorded.
        trace_id: telemetry::trace_id().unwrap_or_else(|| Uuid::new_v4().simple().to_string()),
    };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}

/// An id that sorts by time. No more than that depends on this machine's clock.
fn new_call(clock: &Clock) -> CallId {
    let now = clock.now();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let id = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()));
    CallId::of(id).expect("it was made as version 7")
}
