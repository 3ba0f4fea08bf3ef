//! `POST /internal/calls/{call_id}/decline`: says no, for all of one's devices.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::{Command, check_decline};
use http_server::{Authenticated, InOrder, OptionalJson, PathId, Problem};
use signal_protocol::DeclineRequest;

use super::{OnCall, actor, answer, request, within_bounds};

pub(crate) async fn decline(
    InOrder(Authenticated(caller), (device, key, PathId(call), OptionalJson(body))): OnCall<DeclineRequest>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let body = body.unwrap_or_default();
    within_bounds(check_decline(body.reason.as_deref()))?;
    let request = request(&caller, key, "call.decline", &call.to_string(), &body);
    let command = Command::Decline { call, actor: actor(&caller, device), reason: body.reason };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
