//! `DELETE /api/realtime/rooms/{room_id}/bans/{user_id}`: welcome again.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, PathId, Problem};
use signal_protocol::{DeviceId, ProblemDocument, RoomId, UserId};

use crate::limits::{ModerationLimit, Within};
use crate::moderation::{Acting, ModerationDesk};

/// Lifts a ban
///
/// Without one it changes nothing. What the person held before the ban stays worthless: to come back they join.
#[utoipa::path(
    delete,
    path = "/api/realtime/rooms/{room_id}/bans/{user_id}",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("user_id" = UserId, Path, description = "The person"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the request may be repeated with it and without it: it has one effect"),
    ),
    responses(
        (status = 204, description = "Not banned"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn unban(
    InOrder(Within { caller, .. }, (PathId(room), PathId(user), Device(device), _)): InOrder<
        Within<ModerationLimit>,
        Asked,
    >,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    let outcome = desk.unban(&acting, &user).await;
    desk.count("unban", &outcome);
    outcome?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the request says, once it is known who says it.
type Asked = (PathId<RoomId>, PathId<UserId>, Device, IdempotencyKey);
