//! `PUT /api/realtime/rooms/{room_id}/members/{user_id}`: somebody is to be a member with this role.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, Json, PathId, Problem, Refusal};
use signal_protocol::{DeviceId, Member, MemberRequest, ProblemDocument, Role, RoomId, UserId};

use super::registry_desk::{LetBackIn, RegistryDesk, Wanting};
use crate::limits::{ModerationLimit, Within};
use crate::moderation::Unauthorised;
use crate::registry::{About, MemberSet, RegistryFailure};

/// Why somebody is not made a member, or keeps another role.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetMemberRefused {
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
}

impl Refusal for SetMemberRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Unauthorised(refused) => refused.problem(),
            Self::Registry(failure) => failure.problem(),
        }
    }
}

/// Makes somebody a member
///
/// Of a room that is kept here, or gives a member another role. Whoever was removed may come back at once; a ban
/// stays. What somebody who is in the room may send there changes with their next join.
#[utoipa::path(
    put,
    path = "/api/realtime/rooms/{room_id}/members/{user_id}",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("user_id" = UserId, Path, description = "The person"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`. The request may be repeated with or without one: what it says holds once it was carried out, however often"),
    ),
    request_body = MemberRequest,
    responses(
        (status = 201, description = "A member from now on", body = Member),
        (status = 200, description = "A member already, with this role from now on", body = Member),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn set_member(
    InOrder(
        Within { caller, .. },
        (PathId(room), PathId(user), Device(device), _, Json(MemberRequest { role })),
    ): InOrder<Within<ModerationLimit>, Asked>,
    desk: Data<RegistryDesk>,
) -> Result<HttpResponse, Problem> {
    let set = desk.set_member(&desk.wanting(&caller, &device, &room), &user, role).await?;
    let member = Member { user_id: user, role };
    Ok(match set {
        MemberSet::Added => HttpResponse::Created().json(member),
        MemberSet::Changed | MemberSet::Unchanged => HttpResponse::Ok().json(member),
    })
}

/// What is said, once it is known who says it.
type Asked = (PathId<RoomId>, PathId<UserId>, Device, IdempotencyKey, Json<MemberRequest>);

impl RegistryDesk {
    async fn set_member(
        &self,
        wanting: &Wanting<'_>,
        user: &UserId,
        role: Role,
    ) -> Result<MemberSet, SetMemberRefused> {
        let Wanting { caller, room, .. } = *wanting;
        self.moderated(wanting).await?;
        let about = About { tenant: &caller.tenant, room, user, by: &caller.user };
        let beside = LetBackIn { about, bounds: self.bounds };
        let setting = self.registry.set_member(about, role, &beside);
        let set = wanting.in_time(RegistryFailure::TooSlow, setting).await?;
        let what = match set {
            MemberSet::Added => "added",
            MemberSet::Changed => "changed",
            MemberSet::Unchanged => return Ok(set),
        };
        let role = role.as_str();
        tracing::info!(changed.room = %room, member = %user, what, role, by = %caller.user, "member.changed");
        Ok(set)
    }
}
