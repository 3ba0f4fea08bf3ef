//! `GET /internal/snapshot`: what a device has to know when it starts from nothing.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_state_api::SnapshotAnswer;
use http_server::{Authenticated, Device, InOrder, Problem};

use super::actor;
use crate::desk::Desk;

pub(crate) async fn snapshot(
    InOrder(Authenticated(caller), device): InOrder<Authenticated, Device>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let (calls, server_now) = desk.hand_over(&caller.tenant, &actor(&caller, device)).await?;
    Ok(HttpResponse::Ok().json(SnapshotAnswer { calls, signals: Vec::new(), server_now }))
}
