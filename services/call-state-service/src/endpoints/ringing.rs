//! `POST /internal/calls/{call_id}/ringing`: this device shows the ring.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::{Command, check_key};
use http_server::{Authenticated, InOrder, OptionalJson, PathId, Problem};
use signal_protocol::KeyRequest;

use super::{OnCall, actor, answer, request, within_bounds};

pub(crate) async fn ringing(
    InOrder(Authenticated(caller), (device, key, PathId(call), OptionalJson(body))): OnCall<KeyRequest>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let body = body.unwrap_or_default();
    within_bounds(check_key(body.key.as_deref()))?;
    let request = request(&caller, key, "call.ringing", &call.to_string(), &body);
    let command = Command::Ringing { call, actor: actor(&caller, device), key: body.key };
    Ok(answer(desk.run(&caller.tenant, command, request).await?))
}
