//! `POST /internal/calls/{call_id}/cancel`: the caller gives up before anybody answered.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::Command;
use http_server::{Authenticated, InOrder, OptionalJson, PathId, Problem};
use signal_protocol::EmptyRequest;

use super::{OnCall, actor, answer, request};

pub(crate) async fn cancel(
    InOrder(Authenticated(caller), (device, key, PathId(call), OptionalJson(body))): OnCall<EmptyRequest>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let body = body.unwrap_or_default();
    let request = request(&caller, key, "call.cancel", &call.to_string(), &body);
    let command = Command::Cancel { call, actor: actor(&caller, device) };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
