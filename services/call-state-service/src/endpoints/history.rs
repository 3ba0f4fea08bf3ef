//! `GET /internal/calls/history`: the caller's ended calls, newest first.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Authenticated, InOrder, Problem, Query, Slice};
use signal_protocol::ErrorCode;

use crate::desk::{Desk, HistoryCursor};

pub(crate) async fn history(
    InOrder(Authenticated(caller), Query(slice)): InOrder<Authenticated, Query<Slice>>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let cursor = match &slice.cursor {
        Some(text) => Some(HistoryCursor::parse(text).ok_or_else(|| {
            Problem::new(ErrorCode::InvalidField).field("cursor", "must be a `next_cursor` of this list")
        })?),
        None => None,
    };
    let limit = usize::try_from(slice.limit).unwrap_or(usize::MAX);
    let page = desk.history(&caller.tenant, &caller.user, limit, cursor).await?;
    Ok(HttpResponse::Ok().json(page))
}
