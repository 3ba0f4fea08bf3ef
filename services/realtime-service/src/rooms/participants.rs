//! `GET /api/realtime/rooms/{room_id}/participants`: who is in a room now.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, PathId, Problem, Query};
use signal_protocol::{DeviceId, Page, Participant, ProblemDocument, RoomId};

use crate::limits::Within;
use crate::moderation::{Acting, ModerationDesk};
use crate::paging::{ListInRoom, ListParams};

/// Lists who is in the room
///
/// By LiveKit's own list at this moment, ordered by identity. For every member of the room.
#[utoipa::path(
    get,
    path = "/api/realtime/rooms/{room_id}/participants",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ListParams,
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The participants", body = Page<Participant>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn participants(
    InOrder(Within { caller, .. }, (PathId(room), Device(device), Query(slice))): ListInRoom,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    Ok(HttpResponse::Ok().json(desk.participants(&acting, &slice).await?))
}
