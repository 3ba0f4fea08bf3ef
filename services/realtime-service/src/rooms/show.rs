//! `GET /api/realtime/rooms/{room_id}`: a room, as its member sees it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Authenticated, InOrder, PathId, Problem, Refusal};
use identity::Caller;
use room_tokens::sfu_room;
use signal_protocol::{ProblemDocument, Role, Room, RoomId};

use super::{ReadLimit, effective_role};
use crate::membership::{Membership, MembershipRefused};
use crate::sfu::{Sfu, SfuFailure};

/// Why somebody is not shown a room.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowRefused {
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error("LiveKit cannot say who is in the room")]
    Sfu(#[from] SfuFailure),
}

impl Refusal for ShowRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Membership(refused) => refused.problem(),
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
    params(("room_id" = RoomId, Path, description = "The room")),
    responses(
        (status = 200, description = "The room", body = Room),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn show(
    InOrder(caller, room): InOrder<Authenticated, PathId<RoomId>>,
    limit: Data<ReadLimit>,
    membership: Data<Membership>,
    sfu: Data<Sfu>,
) -> Result<HttpResponse, Problem> {
    limit.check(&caller.0)?;
    Ok(HttpResponse::Ok().json(look(&caller.0, &room.0, &membership, &sfu).await?))
}

async fn look(
    caller: &Arc<Caller>,
    room: &RoomId,
    membership: &Membership,
    sfu: &Sfu,
) -> Result<Room, ShowRefused> {
    let (name, role) = match membership.of(caller, room).await {
        Ok(member) => (member.room_name.clone(), effective_role(caller, &member)),
        // An administrator sees every room that an application can have, as a moderator of it would.
        Err(_) if caller.administrator && !room.is_call() => (None, Role::Moderator),
        Err(refused) => return Err(refused.into()),
    };
    let live = sfu.is_live(&sfu_room(&caller.tenant, room)).await?;
    Ok(Room { room_id: room.clone(), name, role, live })
}
