//! `GET /internal/snapshot`: what a device has to know when it starts from nothing.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use http_server::{Authenticated, Device, InOrder, Problem};

use super::{actor, json};

pub(crate) async fn snapshot(
    InOrder(Authenticated(caller), device): InOrder<Authenticated, Device>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let answer = desk.hand_over(&caller.tenant, &actor(&caller, device)).await?;
    Ok(json(HttpResponse::Ok(), &answer))
}
