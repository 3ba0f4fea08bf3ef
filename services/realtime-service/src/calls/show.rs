//! `GET /api/realtime/calls/{call_id}`: a call, as its parties see it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, PathId, Problem};
use signal_protocol::{Call, CallId, DeviceId, ProblemDocument};

use super::{CallState, Reader};

/// Shows a call
///
/// For its parties, until a day after its end.
#[utoipa::path(
    get,
    path = "/api/realtime/calls/{call_id}",
    tag = "calls",
    params(
        ("call_id" = CallId, Path, description = "The call"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The call", body = Call),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn show(
    InOrder(caller, PathId(call)): InOrder<Reader, PathId<CallId>>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    Ok(HttpResponse::Ok().json(calls.ask("show", |client| client.call(&relay, call)).await?))
}
