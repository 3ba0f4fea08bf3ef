//! `PUT /api/realtime/rooms/{room_id}`: a room is to be like this.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, Json, PathId, Problem, Refusal};
use room_tokens::sfu_room;
use signal_protocol::{DeviceId, ErrorCode, ProblemDocument, Role, Room, RoomId, RoomRequest};
use store::Contended;

use super::deletion::NotGone;
use super::registry_desk::{RegistryDesk, Wanting};
use crate::limits::{ModerationLimit, Within};
use crate::moderation::Unauthorised;
use crate::registry::{RegistryFailure, RoomPut, RoomWishes, Unfit};
use crate::sfu::SfuFailure;

/// How often a room of the same name that is being deleted is waited for.
const MOST_DELETIONS: u32 = 3;

/// Why a room is not made or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PutRefused {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    #[error("only an administrator makes a room, and the one that the caller moderates is not kept here")]
    NotKept,
    #[error("a room of this name is not gone yet")]
    NotGone(#[from] NotGone),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
    #[error("LiveKit cannot say whether somebody is in the room")]
    Sfu(#[from] SfuFailure),
}

impl Refusal for PutRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Unfit(unfit) => unfit.problem(),
            Self::Unauthorised(refused) => refused.problem(),
            Self::NotKept => Problem::new(ErrorCode::RoleRequired),
            Self::NotGone(failure) => failure.problem(),
            Self::Registry(failure) => failure.problem(),
            Self::Sfu(failure) => failure.problem(),
        }
    }
}

/// Makes or changes a room
///
/// The room is what the body says from then on: a field that is left out is none. Administrators make rooms; an existing
/// one is changed by its moderators too. Who may enter it is said by its members. How many may be in it holds from the
/// next time that it is opened, for whoever is in it now stays.
#[utoipa::path(
    put,
    path = "/api/realtime/rooms/{room_id}",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room. Ids that begin with `call-` belong to calls"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`. The request may be repeated with or without one: what it says holds once it was carried out, however often"),
    ),
    request_body = RoomRequest,
    responses(
        (status = 201, description = "Made", body = Room),
        (status = 200, description = "Changed, or like that already", body = Room),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn put(
    InOrder(Within { caller, .. }, (PathId(room), Device(device), _, Json(request))): InOrder<
        Within<ModerationLimit>,
        Asked,
    >,
    desk: Data<RegistryDesk>,
) -> Result<HttpResponse, Problem> {
    let (put, room) = desk.put(&desk.wanting(&caller, &device, &room), request).await?;
    Ok(match put {
        RoomPut::Created => HttpResponse::Created().json(room),
        RoomPut::Changed | RoomPut::Unchanged | RoomPut::BeingDeleted => HttpResponse::Ok().json(room),
    })
}

/// What is said, once it is known who says it.
type Asked = (PathId<RoomId>, Device, IdempotencyKey, Json<RoomRequest>);

impl RegistryDesk {
    async fn put(&self, wanting: &Wanting<'_>, request: RoomRequest) -> Result<(RoomPut, Room), PutRefused> {
        let Wanting { caller, room, .. } = *wanting;
        let shown = request.clone();
        let wishes = RoomWishes::check(room, request, self.settings.participants_max)?;
        self.moderated(wanting).await?;
        // Before anything is changed, so that an answer without it never stands for a change.
        let sfu_room = sfu_room(&caller.tenant, room);
        let live = wanting.in_time(SfuFailure::TimedOut(None), self.sfu.is_live(&sfu_room)).await?;
        let late = PutRefused::Registry(RegistryFailure::TooSlow);
        // Boxed: the rare way, a deletion that has to be waited for, must not make the future of every other as large.
        let putting = Box::pin(self.put_when_gone(wanting, &wishes));
        let put = wanting.in_time(late, putting).await?;
        let what = match put {
            RoomPut::Created => "created",
            RoomPut::Changed => "changed",
            RoomPut::Unchanged | RoomPut::BeingDeleted => "unchanged",
        };
        if what != "unchanged" {
            tracing::info!(changed.room = %room, what, by = %caller.user, "room.changed");
        }
        let RoomRequest { name, max_participants, metadata } = shown;
        let room_id = room.clone();
        Ok((put, Room { room_id, name, role: Role::Moderator, max_participants, metadata, live }))
    }

    async fn put_when_gone(&self, wanting: &Wanting<'_>, wishes: &RoomWishes) -> Result<RoomPut, PutRefused> {
        let Wanting { caller, room, .. } = *wanting;
        let tenant = &caller.tenant;
        for _ in 0..MOST_DELETIONS {
            match self.registry.put_room(tenant, room, wishes, &caller.user, caller.administrator).await {
                // Whoever began has gone, or is at it: either way it is over sooner with two.
                Ok(RoomPut::BeingDeleted) => self.deletion.finish(tenant, room, wanting).await?,
                Ok(put) => return Ok(put),
                Err(RegistryFailure::NoRoom) => return Err(PutRefused::NotKept),
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(RegistryFailure::Contended(Contended { attempts: MOST_DELETIONS }).into())
    }
}
