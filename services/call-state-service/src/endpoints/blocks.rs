//! `GET /internal/blocks`: from whom the caller does not want to hear, by user id.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_desk::Desk;
use http_server::{Authenticated, InOrder, Problem, Query, Slice};
use signal_protocol::{Block, UserId};

pub(crate) async fn blocks(
    InOrder(Authenticated(caller), Query(slice)): InOrder<Authenticated, Query<Slice>>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let part = slice.part(|cursor| UserId::parse(cursor).ok())?;
    let (preferences, _) = desk.preferences(&caller.tenant, &caller.user).await?;
    let blocks =
        preferences.blocked.iter().map(|(user, since)| Block { user_id: user.clone(), since: *since });
    Ok(HttpResponse::Ok().json(part.page(blocks, |block| &block.user_id)))
}
