//! `DELETE /api/realtime/blocks/{user_id}`: somebody may be heard from again.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, PathId, Problem};
use signal_protocol::{DeviceId, ProblemDocument, UserId};

use super::blocks::addressable;
use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Takes a block back
///
/// Without one it changes nothing.
#[utoipa::path(
    delete,
    path = "/api/realtime/blocks/{user_id}",
    tag = "blocks",
    params(
        ("user_id" = UserId, Path, description = "The person"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    responses(
        (status = 204, description = "Not blocked"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn unblock(
    InOrder(caller, PathId(user)): InOrder<Commander<CommandLimit>, PathId<UserId>>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let user = addressable(user)?;
    calls.ask("unblock", |client| client.unblock(&relay, &user)).await?;
    Ok(HttpResponse::NoContent().finish())
}
