//! `GET /api/realtime/calls/history`: what went on.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, Problem, Query, Slice};
use signal_protocol::{DeviceId, HistoryItem, Page, ProblemDocument};

use super::{CallState, Reader};
use crate::paging::ListParams;

/// Lists the caller's ended calls
///
/// Newest first, those of the last day, missed ones among them.
#[utoipa::path(
    get,
    path = "/api/realtime/calls/history",
    tag = "calls",
    params(
        ListParams,
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The calls", body = Page<HistoryItem>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn history(
    InOrder(caller, Query(Slice { limit, cursor })): InOrder<Reader, Query<Slice>>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let ask = calls.ask("history", |client| client.history(&relay, Some(limit), cursor.as_deref()));
    Ok(HttpResponse::Ok().json(ask.await?))
}
