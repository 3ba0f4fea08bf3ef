//! `DELETE /api/realtime/rooms/{room_id}/members/{user_id}`: somebody is to be no member any more, and out of the room.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, PathId, Problem, Refusal};
use signal_protocol::{DeviceId, ProblemDocument, RoomId, UserId};
use store::StoreError;

use super::registry_desk::{RegistryDesk, SentOut, Wanting};
use crate::limits::{ModerationLimit, Within};
use crate::moderation::{DenialKind, Sentence, Unauthorised, Until};
use crate::registry::{About, RegistryFailure};
use crate::sfu::SfuFailure;

/// Why somebody is a member still, or in the room still.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoveMemberRefused {
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
    #[error("they are no member any more, and LiveKit did not send them out")]
    StillThere(#[from] SfuFailure),
}

impl Refusal for RemoveMemberRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Unauthorised(refused) => refused.problem(),
            Self::Registry(failure) => failure.problem(),
            Self::StillThere(failure) => failure.problem().extension("removed", true),
        }
    }
}

/// Removes a member
///
/// From a room that is kept here, and sends them out of it with every device. With what they were given before they do not
/// come back. Who is no member is none afterwards either. If LiveKit does not send them out at once, the answer is a fault
/// with `removed`: they are no member all the same, and sent out as soon as that is possible.
#[utoipa::path(
    delete,
    path = "/api/realtime/rooms/{room_id}/members/{user_id}",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("user_id" = UserId, Path, description = "The person"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`. The request may be repeated with or without one: what it says holds once it was carried out, however often"),
    ),
    responses(
        (status = 204, description = "No member any more, and out of the room"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now, or not wholly", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn remove_member(
    InOrder(Within { caller, .. }, (PathId(room), PathId(user), Device(device), _)): InOrder<
        Within<ModerationLimit>,
        Asked,
    >,
    desk: Data<RegistryDesk>,
) -> Result<HttpResponse, Problem> {
    desk.remove_member(&desk.wanting(&caller, &device, &room), &user).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is said, once it is known who says it.
type Asked = (PathId<RoomId>, PathId<UserId>, Device, IdempotencyKey);

impl RegistryDesk {
    async fn remove_member(&self, wanting: &Wanting<'_>, user: &UserId) -> Result<(), RemoveMemberRefused> {
        let Wanting { caller, room, .. } = *wanting;
        self.moderated(wanting).await?;
        let tenant = &caller.tenant;
        let about = About { tenant, room, user, by: &caller.user };
        let sentence = Sentence {
            kind: DenialKind::Removed,
            room,
            user,
            by: &caller.user,
            reason: None,
            until: Until::KickEnds,
        };
        let beside = SentOut { sentence, bounds: self.bounds };
        let removing = self.registry.remove_member(about, &beside);
        let was_member = wanting.in_time(RegistryFailure::TooSlow, removing).await?;
        if was_member {
            tracing::info!(
                changed.room = %room, member = %user, what = "removed", by = %caller.user, "member.changed"
            );
        }
        if was_member || self.was_just_removed(&about).await.map_err(RegistryFailure::from)? {
            let eviction = self.evictions.evict(tenant, room, user);
            wanting.in_time(SfuFailure::TimedOut(None), eviction).await?;
        }
        Ok(())
    }

    /// Whether somebody who is no member was one a moment ago: the request is a repeated one then, and LiveKit may not have
    /// done its part.
    async fn was_just_removed(&self, about: &About<'_>) -> Result<bool, StoreError> {
        let door = self.doors.look(about.tenant, about.room, about.user).await?;
        Ok(door.denial.is_some_and(|denial| {
            denial.kind == DenialKind::Removed && denial.bars(door.snapshot.now).is_some()
        }))
    }
}
