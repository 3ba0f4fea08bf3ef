//! `GET /api/realtime/rooms/{room_id}/members`: who belongs to a room that is kept here.

use std::ops::Bound;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, InOrder, PathId, Problem, Query, Refusal, Slice};
use signal_protocol::{DeviceId, Member, Page, ProblemDocument, RoomId, UserId};

use super::registry_desk::{RegistryDesk, Wanting};
use crate::limits::{ReadLimit, Within};
use crate::moderation::Unauthorised;
use crate::paging::{NotACursor, page};
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
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "The most items; 50 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the part before"),
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
    InOrder(Within { caller, .. }, (PathId(room), Device(device), Query(slice))): InOrder<
        Within<ReadLimit>,
        Asked,
    >,
    desk: Data<RegistryDesk>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(desk.members(&desk.wanting(&caller, &device, &room), &slice).await?))
}

/// What is said, once it is known who says it.
type Asked = (PathId<RoomId>, Device, Query<Slice>);

impl RegistryDesk {
    async fn members(&self, wanting: &Wanting<'_>, slice: &Slice) -> Result<Page<Member>, MembersRefused> {
        let after = slice.cursor.as_deref().map(UserId::parse).transpose().map_err(|_| NotACursor)?;
        self.moderated(wanting).await?;
        let members = self
            .registry
            .members(&wanting.caller.tenant, wanting.room)
            .await
            .map_err(RegistryFailure::from)?;
        let members = members.ok_or(RegistryFailure::NoRoom)?;
        let behind = (after.as_ref().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let members = members.range(behind).map(|(user, role)| Member { user_id: user.clone(), role: *role });
        Ok(page(members, slice.limit, |member| member.user_id.to_string()))
    }
}
