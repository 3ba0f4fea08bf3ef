//! `POST /api/realtime/webhooks/livekit`

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, Problem, WebhookBody};

use super::WebhookDesk;
use super::signed::Signed;

/// Where LiveKit sends its webhooks.
pub(crate) const PATH: &str = "/api/realtime/webhooks/livekit";

/// 200 for whatever LiveKit says, known or not. Not for clients: the gateway hides it from them.
pub(crate) async fn receive(
    InOrder(Signed(seal), WebhookBody(body)): InOrder<Signed, WebhookBody>,
    desk: Data<WebhookDesk>,
) -> Result<HttpResponse, Problem> {
    desk.check(&seal, &body)?;
    desk.take(&body).await?;
    Ok(HttpResponse::Ok().finish())
}
