//! `POST /api/realtime/rooms/{room_id}/participants/{identity}/mute`: silence, or darkness.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, Json, PathId, Problem};
use signal_protocol::{DeviceId, MuteRequest, ProblemDocument, RoomId};

use super::sfu_identity::SfuIdentity;
use crate::limits::{ModerationLimit, Within};
use crate::moderation::{Acting, ModerationDesk};

/// Mutes a participant
///
/// Mutes what they send of one source. They can unmute it themselves; nobody else can.
#[utoipa::path(
    post,
    path = "/api/realtime/rooms/{room_id}/participants/{identity}/mute",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("identity" = String, Path, description = "The participant, as LiveKit calls them: `<user id>:<device>`"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the request may be repeated with it and without it: it has one effect"),
    ),
    request_body = MuteRequest,
    responses(
        (status = 204, description = "Muted"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn mute(
    InOrder(
        Within { caller, .. },
        (PathId(room), PathId(identity), Device(device), _, Json(MuteRequest { source })),
    ): InOrder<Within<ModerationLimit>, Asked>,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    let outcome = desk.mute(&acting, identity.as_str(), source).await;
    desk.count("mute", &outcome);
    outcome?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the request says, once it is known who says it.
type Asked = (PathId<RoomId>, PathId<SfuIdentity>, Device, IdempotencyKey, Json<MuteRequest>);
