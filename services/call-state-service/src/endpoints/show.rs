//! `GET /internal/calls/{call_id}`: a call, for its parties.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use http_server::{Authenticated, Device, InOrder, PathId, Problem};
use signal_protocol::CallId;

use super::actor;

pub(crate) async fn show(
    InOrder(Authenticated(caller), (device, PathId(call))): InOrder<Authenticated, (Device, PathId<CallId>)>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let call = desk.show(&caller.tenant, &actor(&caller, device), call).await?;
    Ok(HttpResponse::Ok().json(call))
}
