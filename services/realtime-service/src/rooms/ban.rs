//! `PUT /api/realtime/rooms/{room_id}/bans/{user_id}`: out, and not back.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, OptionalJson, PathId, Problem};
use signal_protocol::{BanRequest, DeviceId, ErrorCode, ProblemDocument, RoomId, UserId, is_deceptive};

use crate::limits::{ModerationLimit, Within};
use crate::moderation::{Acting, ModerationDesk, Until};

/// The longest reason, in characters.
const REASON_MAX_CHARACTERS: usize = 200;

/// Bans somebody from the room
///
/// Whether they are in it or not, and whether they are a member or not. It replaces a ban that there is. Whoever is in the
/// room is out with all their devices, and nothing that they hold lets them in again, not even after the ban: then they
/// join.
#[utoipa::path(
    put,
    path = "/api/realtime/rooms/{room_id}/bans/{user_id}",
    tag = "moderation",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("user_id" = UserId, Path, description = "The person"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`; the request may be repeated with it and without it: it has one effect"),
    ),
    request_body(content = Option<BanRequest>, description = "Why, and until when; nothing at all is for ever"),
    responses(
        (status = 204, description = "Banned"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now. With `barred`: they may not come back already, and LiveKit sends them out as soon as it can be asked", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn ban(
    InOrder(Within { caller, .. }, (PathId(room), PathId(user), Device(device), _, OptionalJson(body))): InOrder<Within<ModerationLimit>, Asked>,
    desk: Data<ModerationDesk>,
) -> Result<HttpResponse, Problem> {
    let BanRequest { reason, until } = body.unwrap_or_default();
    let reason = reason.map(readable).transpose()?;
    let acting = Acting::new(&caller, &device, &room);
    let outcome = desk.ban(&acting, &user, reason.as_deref(), Until::Given(until)).await;
    desk.count("ban", &outcome);
    outcome?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the request says, once it is known who says it.
type Asked = (PathId<RoomId>, PathId<UserId>, Device, IdempotencyKey, OptionalJson<BanRequest>);

/// A reason that other moderators can read.
fn readable(reason: String) -> Result<String, Problem> {
    let problem = if reason.chars().count() > REASON_MAX_CHARACTERS {
        "must be at most 200 characters"
    } else if reason.contains(is_deceptive) {
        "must hold no control characters, nor others that show nothing and change how the reason reads"
    } else {
        return Ok(reason);
    };
    Err(Problem::new(ErrorCode::InvalidField).field("reason", problem))
}
