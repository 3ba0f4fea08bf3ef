//! `GET /api/realtime/rooms/{room_id}`: a room, as its member sees it.

use std::num::NonZeroU32;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, PathId, Problem, Refusal};
use identity::Caller;
use room_tokens::sfu_room;
use signal_protocol::{DeviceId, ProblemDocument, Role, Room, RoomId};

use super::list::RoomShelf;
use super::{JoinDesk, effective_role};
use crate::calls::CallRoomRefused;
use crate::limits::{ReadLimit, Within};
use crate::membership::MembershipRefused;
use crate::registry::RegistryFailure;
use crate::sfu::SfuFailure;

/// Why somebody is not shown a room.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowRefused {
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error(transparent)]
    Call(#[from] CallRoomRefused),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
    #[error("LiveKit cannot say who is in the room")]
    Sfu(#[from] SfuFailure),
}

impl Refusal for ShowRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Membership(refused) => refused.problem(),
            Self::Call(refused) => refused.problem(),
            Self::Registry(failure) => failure.problem(),
            Self::Sfu(failure) => failure.problem(),
        }
    }
}

/// Shows a room
///
/// Tells a member what they may do in the room, and whether anybody is in it now.
#[utoipa::path(
    get,
    path = "/api/realtime/rooms/{room_id}",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The room", body = Room),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn show(
    InOrder(Within { caller, .. }, (room, device)): InOrder<Within<ReadLimit>, (PathId<RoomId>, Device)>,
    desk: Data<JoinDesk>,
    shelf: Data<RoomShelf>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(look(&caller, &device.0, &room.0, &desk, &shelf).await?))
}

async fn look(
    caller: &Caller,
    device: &DeviceId,
    room: &RoomId,
    desk: &JoinDesk,
    shelf: &RoomShelf,
) -> Result<Room, ShowRefused> {
    let room_id = room.clone();
    let mut shown = Room {
        room_id,
        name: None,
        role: Role::Participant,
        max_participants: None,
        metadata: None,
        live: false,
    };
    if room.is_call() {
        desk.call_room(caller, device, room)?.ask().await?;
    } else {
        match desk.membership.of(caller, room).await {
            Ok(member) => {
                shown.role = effective_role(caller, &member);
                shown.max_participants = member.max_participants.and_then(NonZeroU32::new);
                shown.name = member.room_name;
            }
            // An administrator sees every room that an application can have, as a moderator of it would.
            Err(_) if caller.administrator => shown.role = Role::Moderator,
            Err(refused) => return Err(refused.into()),
        }
        shelf.complete(caller, &mut shown).await?;
    }
    shown.live = desk.sfu.is_live(&sfu_room(&caller.tenant, room)).await?;
    Ok(shown)
}
