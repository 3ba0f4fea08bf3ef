//! `GET /internal/calls`: the caller's live calls.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use http_server::{Authenticated, Device, InOrder, Problem, Query, Slice};
use signal_protocol::Page;

use super::actor;

/// Nobody has more live calls than the shortest part of a list holds, so there is never another part.
pub(crate) async fn list(
    InOrder(Authenticated(caller), (device, Query(slice))): InOrder<Authenticated, (Device, Query<Slice>)>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    if slice.cursor.is_some() {
        return Ok(HttpResponse::Ok().json(Page::<()> { items: Vec::new(), next_cursor: None }));
    }
    let (items, _) = desk.live(&caller.tenant, &actor(&caller, device)).await?;
    Ok(HttpResponse::Ok().json(Page { items, next_cursor: None }))
}
