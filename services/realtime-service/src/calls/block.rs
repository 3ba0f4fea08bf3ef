//! `PUT /api/realtime/blocks/{user_id}`: somebody is not to be heard from.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{InOrder, PathId, Problem};
use signal_protocol::{DeviceId, ProblemDocument, UserId};

use super::blocks::addressable;
use super::{CallState, Commander};
use crate::limits::CommandLimit;

/// Blocks somebody
///
/// To them a call to the caller looks like any other; it rings nowhere and nobody answers.
#[utoipa::path(
    put,
    path = "/api/realtime/blocks/{user_id}",
    tag = "blocks",
    params(
        ("user_id" = UserId, Path, description = "The person"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the same request with the same key has one effect and one answer for 10 minutes"),
    ),
    responses(
        (status = 204, description = "Blocked"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn block(
    InOrder(caller, PathId(user)): InOrder<Commander<CommandLimit>, PathId<UserId>>,
    calls: Data<CallState>,
) -> Result<HttpResponse, Problem> {
    let relay = caller.relay();
    let user = addressable(user)?;
    calls.ask("block", |client| client.block(&relay, &user)).await?;
    Ok(HttpResponse::NoContent().finish())
}
