//! `GET /api/realtime/calls`: what is going on.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::Problem;
use signal_protocol::{Call, DeviceId, Page, ProblemDocument};

use super::{CallState, Reader};

/// Lists the caller's live calls
///
/// Those that ring and those that the caller is in.
#[utoipa::path(
    get,
    path = "/api/realtime/calls",
    tag = "calls",
    params(
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The calls", body = Page<Call>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn list(caller: Reader, calls: Data<CallState>) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    Ok(HttpResponse::Ok().json(calls.ask("list", |client| client.calls(&relay)).await?))
}
