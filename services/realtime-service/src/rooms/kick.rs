//! `DELETE /api/realtime/rooms/{room_id}/participants/{identity}`: out, and not back at once.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, PathId, Problem};
use signal_protocol::{DeviceId, ProblemDocument, RoomId};

use super::sfu_identity::SfuIdentity;
use crate::limits::{ModerationLimit, Within};
use crate::moderation::{Acting, ModerationDesk};

/// Sends somebody out of the room
///
/// Sends out the person with all their devices, and bars them for a while (`MODERATION__KICK_SECONDS`). What they held to
/// come in with is worthless from then on: to come back they join. In the room of a call, which only administrators
/// moderate, the person is taken out of the call.
#[utoipa::path(
    delete,
    path = "/api/realtime/rooms/{room_id}/participants/{identity}",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("identity" = String, Path, description = "The participant, as LiveKit calls them: `<user id>:<device>`"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the request may be repeated with it and without it: it has one effect"),
    ),
    responses(
        (status = 204, description = "Out"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now. With `barred`: they may not come back already, and LiveKit sends them out as soon as it can be asked", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn kick(
    InOrder(Within { caller, .. }, (PathId(room), PathId(identity), Device(device), _)): InOrder<
        Within<ModerationLimit>,
        Asked,
    >,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    let outcome = desk.kick(&acting, identity.as_str()).await;
    desk.count("kick", &outcome);
    outcome?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the request says, once it is known who says it.
type Asked = (PathId<RoomId>, PathId<SfuIdentity>, Device, IdempotencyKey);
