//! `GET /api/realtime/rooms/{room_id}/bans`: who may not come in.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, PathId, Problem, Query};
use signal_protocol::{Ban, DeviceId, Page, ProblemDocument, RoomId};

use crate::limits::Within;
use crate::moderation::{Acting, ModerationDesk};
use crate::paging::{ListInRoom, ListParams};

/// Lists who is banned from the room
///
/// By user id. For its moderators.
#[utoipa::path(
    get,
    path = "/api/realtime/rooms/{room_id}/bans",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ListParams,
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The bans", body = Page<Ban>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn bans(
    InOrder(Within { caller, .. }, (PathId(room), Device(device), Query(slice))): ListInRoom,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let acting = Acting::new(&caller, &device, &room);
    Ok(HttpResponse::Ok().json(desk.bans(&acting, &slice).await?))
}
