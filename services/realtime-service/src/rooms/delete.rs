//! `DELETE /api/realtime/rooms/{room_id}`: a room is to be no more.

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, IdempotencyKey, InOrder, PathId, Problem, Refusal};
use signal_protocol::{DeviceId, ProblemDocument, RoomId};

use super::deletion::NotGone;
use super::registry_desk::{RegistryDesk, Wanting};
use crate::limits::{ModerationLimit, Within};
use crate::moderation::Unauthorised;
use crate::registry::RegistryFailure;

/// Why a room is not deleted, or not wholly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeleteRefused {
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    #[error(transparent)]
    Registry(#[from] RegistryFailure),
    #[error(transparent)]
    NotGone(#[from] NotGone),
}

impl Refusal for DeleteRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Unauthorised(refused) => refused.problem(),
            Self::Registry(failure) => failure.problem(),
            Self::NotGone(failure) => failure.problem(),
        }
    }
}

/// Deletes a room
///
/// Everyone is sent out, and everything that is kept of the room and its members is gone; bans stay, for whoever makes a
/// room of the same name. From the moment that it begins the room is there for nobody. If LiveKit does not close the room
/// at once the answer is a fault with `deleted`, and it is closed as soon as that is possible.
#[utoipa::path(
    delete,
    path = "/api/realtime/rooms/{room_id}",
    tag = "rooms",
    params(
        ("room_id" = RoomId, Path, description = "The room"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices speaks; `default` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "8 to 64 characters of `[A-Za-z0-9_-]`. The request may be repeated with or without one: once it was carried out it finds no room, and that is all"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now, or not wholly", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn delete(
    InOrder(Within { caller, .. }, (PathId(room), Device(device), _)): InOrder<
        Within<ModerationLimit>,
        Asked,
    >,
    desk: Data<RegistryDesk>,
) -> Result<HttpResponse, Problem> {
    desk.delete(&desk.wanting(&caller, &device, &room)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is said, once it is known who says it.
type Asked = (PathId<RoomId>, Device, IdempotencyKey);

impl RegistryDesk {
    async fn delete(&self, wanting: &Wanting<'_>) -> Result<(), DeleteRefused> {
        let Wanting { caller, room, .. } = *wanting;
        self.moderated(wanting).await?;
        let marking = self.registry.mark_deleted(&caller.tenant, room, &caller.user);
        if wanting.in_time(RegistryFailure::TooSlow, marking).await? {
            tracing::info!(changed.room = %room, what = "deleted", by = %caller.user, "room.changed");
        }
        Ok(self.deletion.finish(&caller.tenant, room, wanting).await?)
    }
}
