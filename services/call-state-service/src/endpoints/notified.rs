//! `POST /internal/calls/{call_id}/notified`: the ring was handed to this device.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use calls::Command;
use http_server::{Authenticated, Device, InOrder, PathId, Problem};
use signal_protocol::CallId;

use super::{actor, answer};

pub(crate) async fn notified(
    InOrder(Authenticated(caller), (device, PathId(call))): InOrder<Authenticated, (Device, PathId<CallId>)>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let command = Command::Notified { call, actor: actor(&caller, device) };
    Ok(answer(desk.run(&caller.tenant, command, None).await?))
}
