//! `GET /api/realtime/blocks`: who is not to be heard from.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, Problem, Query, Slice};
use signal_protocol::{Block, DeviceId, Page, ProblemDocument};

use super::{CallState, Reader};
use crate::paging::ListParams;

/// Lists whom the caller blocks
///
/// By user id.
#[utoipa::path(
    get,
    path = "/api/realtime/blocks",
    tag = "blocks",
    params(
        ListParams,
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The people, and since when", body = Page<Block>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn list_blocks(
    InOrder(caller, Query(Slice { limit, cursor })): InOrder<Reader, Query<Slice>>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let ask = calls.ask("list_blocks", |client| client.blocks(&relay, Some(limit), cursor.as_deref()));
    Ok(HttpResponse::Ok().json(ask.await?))
}
