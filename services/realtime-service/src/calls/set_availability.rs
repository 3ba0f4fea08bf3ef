//! `PUT /api/realtime/availability`: whether the caller may be rung.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, Json, Problem};
use signal_protocol::{Availability, DeviceId, ProblemDocument};

use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Sets whether the caller may be rung
///
/// While they do not want to be disturbed, whoever calls them hears `busy`.
#[utoipa::path(
    put,
    path = "/api/realtime/availability",
    tag = "blocks",
    params(
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    request_body = Availability,
    responses(
        (status = 200, description = "The same back", body = Availability),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn set_availability(
    InOrder(caller, Json(wish)): InOrder<Commander<CommandLimit>, Json<Availability>>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let ask = calls.ask("set_availability", |client| client.set_availability(&relay, &wish));
    Ok(HttpResponse::Ok().json(ask.await?))
}
