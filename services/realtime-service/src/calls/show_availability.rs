//! `GET /api/realtime/availability`: whether the caller may be rung.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::Problem;
use signal_protocol::{Availability, DeviceId, ProblemDocument};

use super::{CallState, Reader};

/// Shows whether the caller may be rung
///
/// As it was set, from whichever device.
#[utoipa::path(
    get,
    path = "/api/realtime/availability",
    tag = "blocks",
    params(
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "What was set", body = Availability),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn show_availability(
    caller: Reader,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let ask = calls.ask("show_availability", |client| client.availability(&relay));
    Ok(HttpResponse::Ok().json(ask.await?))
}
