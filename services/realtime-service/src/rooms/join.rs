//! `POST /api/realtime/rooms/{room_id}/join`: from a Keycloak token to a LiveKit token.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, OptionalJson, PathId, Problem, Query, Refusal};
use serde::Deserialize;
use signal_protocol::{DeviceId, DryRunAnswer, JoinAnswer, JoinRequest, ProblemDocument, RoomId};
use utoipa::IntoParams;

use super::JoinDesk;
use super::desk::Joining;
use crate::limits::{JoinLimit, Within};

/// How a join may be asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JoinQuery {
    /// Answer what would happen, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Lets the caller into a room
///
/// Answers with a LiveKit token for the room, in the format of LiveKit's token endpoints, so that
/// `TokenSource.endpoint(url)` of a LiveKit SDK works with this address as it is. With `dry_run` nothing is created
/// and the answer is a list of checks.
#[utoipa::path(
    post,
    path = "/api/realtime/rooms/{room_id}/join",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        JoinQuery,
    ),
    request_body(content = Option<JoinRequest>, description = "What a LiveKit SDK sends along; nothing at all is fine"),
    responses(
        (status = 201, description = "The token, and where to go with it", body = JoinAnswer),
        (status = 200, description = "With `dry_run`: what would happen", body = DryRunAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn join(
    InOrder(Within { caller, .. }, (room, device, query, body)): InOrder<Within<JoinLimit>, Asked>,
    desk: Data<JoinDesk>,
) -> Result<HttpResponse, Problem> {
    tracing::info!(dry_run = query.0.dry_run, "join.asked");
    let request = body.0.unwrap_or_default();
    let joining = Joining { caller: &caller, device: &device.0, room: &room.0 };
    let outcome = if query.0.dry_run {
        desk.explain(&joining, request).await.map(Outcome::Explained)
    } else {
        desk.admit(&joining, request).await.map(Outcome::Minted)
    };
    desk.metrics.joined(match &outcome {
        Ok(outcome) => outcome.label(),
        Err(refused) => refused.problem().code().as_str(),
    });
    Ok(match outcome? {
        Outcome::Explained(answer) => HttpResponse::Ok().json(answer),
        Outcome::Minted(answer) => HttpResponse::Created().json(answer),
    })
}

/// What a join says, once it is known who says it.
type Asked = (PathId<RoomId>, Device, Query<JoinQuery>, OptionalJson<JoinRequest>);

enum Outcome {
    Explained(DryRunAnswer),
    Minted(JoinAnswer),
}

impl Outcome {
    const fn label(&self) -> &'static str {
        match self {
            Self::Explained(_) => "explained",
            Self::Minted(_) => "minted",
        }
    }
}
