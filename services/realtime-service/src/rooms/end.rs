//! `POST /api/realtime/rooms/{room_id}/end`: everybody out.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, PathId, Problem};
use signal_protocol::{DeviceId, ProblemDocument, RoomId};

use crate::limits::{ModerationLimit, Within};
use crate::moderation::{Acting, ModerationDesk};

/// Ends what goes on in the room
///
/// Everybody is out, and the room is closed. It is not locked: whoever may join opens it again. In the room of a call,
/// which only administrators end, the call ends with `room_ended`.
#[utoipa::path(
    post,
    path = "/api/realtime/rooms/{room_id}/end",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the request may be repeated with it and without it: it has one effect"),
    ),
    responses(
        (status = 204, description = "Nobody is in the room"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn end(
    InOrder(Within { caller, .. }, (PathId(room), Device(device), _)): InOrder<
        Within<ModerationLimit>,
        (PathId<RoomId>, Device, IdempotencyKey),
    >,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    let outcome = desk.end(&acting).await;
    desk.count("end", &outcome);
    outcome?;
    Ok(HttpResponse::NoContent().finish())
}
