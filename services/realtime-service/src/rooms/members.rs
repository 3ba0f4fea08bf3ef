//! `GET /api/realtime/rooms/{room_id}/members`: who belongs to a room that is kept here.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, NotACursor, PathId, Problem, Query, Refusal, Slice};
use signal_protocol::{DeviceId, Member, Page, ProblemDocument, RoomId, UserId};

use super::registry_desk::{RegistryDesk, Wanting};
use crate::limits::Within;
use crate::moderation::Unauthorised;
use crate::paging::{ListInRoom, ListParams};
use crate::registry::RegistryFailure;

/// Why somebody is not shown who belongs to a room.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembersRefused {
    #[error(transparent)]
    Cursor(#[from] NotACursor),
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
}

impl Refusal for MembersRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Cursor(refused) => refused.problem(),
            Self::Unauthorised(refused) => refused.problem(),
            Self::Registry(failure) => failure.problem(),
        }
    }
}

/// Lists the members of a room
///
/// By user id. Those of rooms that are kept here; who is a member by another source is known there.
#[utoipa::path(
    get,
    path = "/api/realtime/rooms/{room_id}/members",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ListParams,
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The members", body = Page<Member>),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn members(
    InOrder(Within { caller, .. }, (PathId(room), Device(device), Query(slice))): ListInRoom,
    desk: Data<RegistryDesk>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(desk.members(&desk.wanting(&caller, &device, &room), &slice).await?))
}

impl RegistryDesk {
    async fn members(&self, wanting: &Wanting<'_>, slice: &Slice) -> Result<Page<Member>, MembersRefused> {
        let part = slice.part(|cursor| UserId::parse(cursor).ok())?;
        self.moderated(wanting).await?;
        let members = self
            .registry
            .members(&wanting.caller.tenant, wanting.room)
            .await
            .map_err(RegistryFailure::from)?;
        let members = members.ok_or(RegistryFailure::NoRoom)?;
        let members = members.into_iter().map(|(user_id, role)| Member { user_id, role });
        Ok(part.page(members, |member| &member.user_id))
    }
}
