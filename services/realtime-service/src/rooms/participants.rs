//! `GET /api/realtime/rooms/{room_id}/participants`: who is in a room now.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, PathId, Problem, Query, Slice};
use signal_protocol::{DeviceId, Page, Participant, ProblemDocument, RoomId};

use crate::limits::{ReadLimit, Within};
use crate::moderation::{Acting, ModerationDesk};

/// Lists who is in the room
///
/// By LiveKit's own list at this moment, ordered by identity. For every member of the room.
#[utoipa::path(
    get,
    path = "/api/realtime/rooms/{room_id}/participants",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "The most items; 50 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
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
    InOrder(Within { caller, .. }, (PathId(room), Device(device), Query(slice))): InOrder<
        Within<ReadLimit>,
        (PathId<RoomId>, Device, Query<Slice>),
    >,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    Ok(HttpResponse::Ok().json(desk.participants(&acting, slice).await?))
}
