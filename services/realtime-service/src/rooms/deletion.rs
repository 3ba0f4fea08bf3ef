//! The end of a room that is kept here: out of LiveKit, and with everything that is kept of it.

use std::error::Error;
use std::time::Duration;

use http_server::{Problem, Refusal};
use room_tokens::sfu_room;
use signal_protocol::{RoomId, Tenant};
use tokio::time::sleep;
use tracing::Instrument as _;

use super::registry_desk::Wanting;
use crate::moderation::Bounds;
use crate::registry::{Registry, RegistryFailure};
use crate::sfu::{Sfu, SfuFailure};

/// How often what was begun is tried in the background, and the pause before the first time. Each is twice the one before:
/// all in all some four minutes.
const TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Why a room is not gone yet. It is marked as deleted all the same.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotGone {
    #[error("LiveKit did not close the room")]
    Sfu(#[from] SfuFailure),
    #[error("the room was not cleared away")]
    Registry(#[from] RegistryFailure),
}

impl Refusal for NotGone {
    fn problem(&self) -> Problem {
        match self {
            Self::Sfu(failure) => failure.problem().extension("deleted", true),
            Self::Registry(failure) => failure.problem().extension("deleted", true),
        }
    }
}

/// Finishes what a deletion has begun. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Deletion {
    registry: Registry,
    sfu: Sfu,
    bounds: Bounds,
}

impl Deletion {
    pub(crate) const fn new(registry: Registry, sfu: Sfu, bounds: Bounds) -> Self {
        Self { registry, sfu, bounds }
    }

    /// Does what is left to do about a room that is marked as deleted; if that does not succeed now, it is tried again in
    /// the background for a while. The record goes last: as long as it is there, somebody may find it and go on.
    pub(super) async fn finish(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        wanting: &Wanting<'_>,
    ) -> Result<(), NotGone> {
        let late = NotGone::Registry(RegistryFailure::TooSlow);
        let outcome = wanting.in_time(late, self.try_to_finish(tenant, room)).await;
        if outcome.is_err() {
            self.finish_later(tenant.clone(), room.clone());
        }
        outcome
    }

    async fn try_to_finish(&self, tenant: &Tenant, room: &RoomId) -> Result<(), NotGone> {
        self.sfu.close_room(&sfu_room(tenant, room)).await?;
        Ok(self.registry.clear(tenant, room, self.bounds).await?)
    }

    /// The same in the background. A process that ends meanwhile leaves it to whoever finds the room next.
    pub(crate) fn finish_later(&self, tenant: Tenant, room: RoomId) {
        let deletion = self.clone();
        let tries = async move {
            let mut pause = FIRST_PAUSE;
            for _ in 0..TRIES {
                sleep(pause).await;
                pause *= 2;
                match deletion.try_again(&tenant, &room).await {
                    Ok(()) => return tracing::info!(deleted.room = %room, "room.deletion_finished"),
                    Err(error) => {
                        let error: &(dyn Error + 'static) = &error;
                        tracing::warn!(deleted.room = %room, error, "room.deletion_put_off");
                    }
                }
            }
        };
        tokio::spawn(tries.in_current_span());
    }

    /// Somebody else may have finished meanwhile, and made a room of this name anew: that one stays.
    async fn try_again(&self, tenant: &Tenant, room: &RoomId) -> Result<(), NotGone> {
        if self.registry.is_being_deleted(tenant, room).await? {
            self.try_to_finish(tenant, room).await?;
        }
        Ok(())
    }
}
