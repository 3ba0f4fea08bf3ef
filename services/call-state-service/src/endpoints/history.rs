//! `GET /internal/calls/history`: the caller's ended calls, newest first.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::{Desk, HistoryCursor};
use http_server::{Authenticated, InOrder, Problem, Query, Slice};

pub(crate) async fn history(
    InOrder(Authenticated(caller), Query(slice)): InOrder<Authenticated, Query<Slice>>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let part = slice.part(HistoryCursor::parse)?;
    let page = desk.history(&caller.tenant, &caller.user, part).await?;
    Ok(HttpResponse::Ok().json(page))
}
