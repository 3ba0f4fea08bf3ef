//! `GET /api/realtime/ice-servers`: by which servers the caller's device may be reached.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::Problem;
use signal_protocol::{DeviceId, IceServersAnswer, ProblemDocument};

use super::IceDesk;
use crate::calls::Reader;
use crate::limits::IceServersLimit;

/// Tells the STUN and TURN servers of a peer-to-peer call
///
/// For those who ring, are being rung, or are in a call. The credentials open allocations for ten minutes; what is open by then
/// goes on. Ask again before each connection and each restart of one.
#[utoipa::path(
    get,
    path = "/api/realtime/ice-servers",
    tag = "calls",
    params(
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "What to configure a peer connection with", body = IceServersAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn servers(
    caller: Reader<IceServersLimit>,
    desk: Data<IceDesk>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(desk.servers(&caller.caller, &caller.relay()).await?))
}
