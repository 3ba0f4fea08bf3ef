//! `POST /internal/calls/{call_id}/hangup`: one is out of the call, whatever one was in it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::Command;
use http_server::{Authenticated, InOrder, OptionalJson, PathId, Problem};
use signal_protocol::EmptyRequest;

use super::{OnCall, actor, answer, request};

pub(crate) async fn hangup(
    InOrder(Authenticated(caller), (device, key, PathId(call), OptionalJson(body))): OnCall<EmptyRequest>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let body = body.unwrap_or_default();
    let request = request(&caller, key, "call.hangup", &call.to_string(), &body);
    let command = Command::Hangup { call, actor: actor(&caller, device) };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
