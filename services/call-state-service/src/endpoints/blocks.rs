//! `GET /internal/blocks`: from whom the caller does not want to hear, by user id.

use std::ops::Bound;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Authenticated, InOrder, Problem, Query, Slice};
use signal_protocol::{Block, ErrorCode, Page, UserId};

use crate::desk::Desk;

pub(crate) async fn blocks(
    InOrder(Authenticated(caller), Query(slice)): InOrder<Authenticated, Query<Slice>>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let after = match &slice.cursor {
        Some(text) => Bound::Excluded(UserId::parse(text).map_err(|_| {
            Problem::new(ErrorCode::InvalidField).field("cursor", "must be a `next_cursor` of this list")
        })?),
        None => Bound::Unbounded,
    };
    let (preferences, _) = desk.preferences(&caller.tenant, &caller.user).await?;
    let limit = usize::try_from(slice.limit).unwrap_or(usize::MAX);
    let mut rest = preferences.blocked.range((after, Bound::Unbounded));
    let items: Vec<Block> = rest
        .by_ref()
        .take(limit)
        .map(|(user, since)| Block { user_id: user.clone(), since: *since })
        .collect();
    let is_end = rest.next().is_none();
    let next_cursor = items.last().filter(|_| !is_end).map(|last| last.user_id.to_string());
    Ok(HttpResponse::Ok().json(Page { items, next_cursor }))
}
