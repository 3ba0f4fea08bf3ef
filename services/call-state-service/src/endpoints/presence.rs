//! `POST /internal/presence`: this device has a socket or a poll open.

use actix_web::HttpResponse;
use actix_web::web::Data;
use call_state_api::PresenceRequest;
use clock::Duration;
use http_server::{Authenticated, Device, InOrder, Json, Problem};
use signal_protocol::ErrorCode;

use super::actor;
use crate::desk::Desk;

pub(crate) async fn presence(
    InOrder(Authenticated(caller), (device, Json(presence))): InOrder<
        Authenticated,
        (Device, Json<PresenceRequest>),
    >,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let PresenceRequest { alive_ms } = presence;
    if !(1..=PresenceRequest::LONGEST_MS).contains(&alive_ms) {
        let problem = format!("must be 1 to {}", PresenceRequest::LONGEST_MS);
        return Err(Problem::new(ErrorCode::InvalidField).field("alive_ms", problem));
    }
    let span = Duration::milliseconds(alive_ms.into());
    desk.keep_alive(&caller.tenant, &actor(&caller, device), span).await?;
    Ok(HttpResponse::NoContent().finish())
}
