//! `GET /api/realtime/rooms`: the rooms that somebody belongs to.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, NotACursor, Problem, Query, Refusal, Slice};
use identity::Caller;
use room_tokens::sfu_room;
use signal_protocol::{DeviceId, Page, ProblemDocument, Role, Room, RoomId};

use super::deletion::Deletion;
use crate::limits::{ReadLimit, Within};
use crate::membership::{Belonging, Membership, MembershipRefused};
use crate::paging::ListParams;
use crate::registry::{Kept, Registry, RegistryFailure};
use crate::sfu::{Sfu, SfuFailure};

/// Why somebody is not shown their rooms.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListRefused {
    #[error(transparent)]
    Cursor(#[from] NotACursor),
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
    #[error("LiveKit cannot say in which rooms somebody is")]
    Sfu(#[from] SfuFailure),
}

impl Refusal for ListRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Cursor(refused) => refused.problem(),
            Self::Membership(refused) => refused.problem(),
            Self::Registry(failure) => failure.problem(),
            Self::Sfu(failure) => failure.problem(),
        }
    }
}

/// What is needed to show rooms.
pub(crate) struct RoomShelf {
    pub(crate) membership: Arc<Membership>,
    pub(crate) sfu: Sfu,
    /// None where no rooms are kept here.
    pub(crate) kept: Option<(Registry, Deletion)>,
}

/// Lists the caller's rooms
///
/// By room id: those in the groups of the access token, and those that are kept here. What only a service of the
/// application knows is listed there. A part may hold fewer items than asked for and not be the last. `live` may be a
/// moment behind what the room itself says.
#[utoipa::path(
    get,
    path = "/api/realtime/rooms",
    tag = "rooms",
    params(
        ListParams,
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The rooms", body = Page<Room>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn list(
    InOrder(Within { caller, .. }, (_, Query(slice))): InOrder<Within<ReadLimit>, (Device, Query<Slice>)>,
    shelf: Data<RoomShelf>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(shelf.rooms_of(&caller, &slice).await?))
}

impl RoomShelf {
    /// What `room` does not say yet, as it is kept here.
    pub(super) async fn complete(&self, caller: &Caller, room: &mut Room) -> Result<(), RegistryFailure> {
        let Some((registry, _)) = &self.kept else { return Ok(()) };
        if let Some(record) = registry.room(&caller.tenant, &room.room_id).await? {
            room.name = room.name.take().or(record.name);
            room.max_participants = room.max_participants.or(record.max_participants);
            room.metadata = record.metadata;
        }
        Ok(())
    }

    async fn rooms_of(&self, caller: &Caller, slice: &Slice) -> Result<Page<Room>, ListRefused> {
        let part = slice.part(|cursor| RoomId::parse(cursor).ok())?;
        let rooms = self.membership.rooms_of(caller).await?;
        let Page { items, next_cursor } = part.page(&rooms, |(room, _)| *room);
        let ids: Vec<RoomId> = items.iter().map(|(room, _)| (*room).clone()).collect();
        let mut kept = self.look_up(caller, &ids).await?;
        let roles: BTreeMap<&RoomId, Role> = items
            .into_iter()
            .filter_map(|(room, belongs)| Some((room, role(caller, belongs, room, &kept)?)))
            .collect();
        let names: Vec<String> = roles.keys().map(|room| sfu_room(&caller.tenant, room)).collect();
        let live = if names.is_empty() { HashSet::new() } else { self.sfu.live_among(&names).await? };
        let items = roles.into_iter().zip(names).map(|((room_id, role), name)| {
            let record = kept.rooms.remove(room_id);
            let (name_of_room, max_participants, metadata) = record
                .map_or((None, None, None), |record| (record.name, record.max_participants, record.metadata));
            let live = live.contains(&name);
            Room { room_id: room_id.clone(), name: name_of_room, role, max_participants, metadata, live }
        });
        Ok(Page { items: items.collect(), next_cursor })
    }

    /// What is kept here of these rooms. Whoever finds one whose deletion nobody goes on with does.
    async fn look_up(&self, caller: &Caller, rooms: &[RoomId]) -> Result<Kept, RegistryFailure> {
        let Some((registry, deletion)) = self.kept.as_ref().filter(|_| !rooms.is_empty()) else {
            return Ok(Kept::default());
        };
        let kept = registry.rooms(&caller.tenant, rooms).await?;
        for room in &kept.abandoned {
            deletion.finish_later(caller.tenant.clone(), room.clone());
        }
        Ok(kept)
    }
}

/// What the caller may do in a room, if they belong to it.
fn role(caller: &Caller, belongs: &Belonging, room: &RoomId, kept: &Kept) -> Option<Role> {
    let role = belongs.role(kept.rooms.contains_key(room))?;
    Some(if caller.administrator { Role::Moderator } else { role })
}
