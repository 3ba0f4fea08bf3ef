//! Out of the LiveKit room, with every device.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use room_tokens::{ParticipantIdentity, sfu_room};
use signal_protocol::{RoomId, Tenant, UserId};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::ModerationMetrics;
use crate::sfu::{Sfu, SfuFailure, SfuParticipant};

/// How many people are sent out at a time on one replica.
const PEOPLE_AT_ONCE: usize = 16;
/// How many devices of one of them are.
const DEVICES_AT_ONCE: usize = 4;
/// How often somebody is looked for. Once more than is usual, for one who came in meanwhile.
const LOOKS: u32 = 3;

/// Sends people out of LiveKit's rooms. Whether they may come back is not decided here: commit that first. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Evictions {
    sfu: Sfu,
    metrics: ModerationMetrics,
    turns: Arc<Semaphore>,
}

/// What came of sending somebody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Evicted {
    /// How many connections of theirs were ended.
    pub(crate) connections: usize,
}

impl Evictions {
    pub(crate) fn new(sfu: Sfu, metrics: ModerationMetrics) -> Self {
        Self { sfu, metrics, turns: Arc::new(Semaphore::new(PEOPLE_AT_ONCE)) }
    }

    /// Sends `user` out of `room` with every device, and looks again whether nothing of them is left.
    ///
    /// It goes on if its caller stops waiting: who was half sent out would else stay.
    ///
    /// # Errors
    /// LiveKit did not do it, or not all of it.
    pub(crate) async fn evict(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Evicted, SfuFailure> {
        let (evictions, sfu_room, user) = (self.clone(), sfu_room(tenant, room), user.clone());
        let eviction = async move {
            let _turn = evictions.turns.acquire().await.expect("nobody closes it");
            let outcome = evictions.send_out(&sfu_room, &user).await;
            evictions.metrics.evicted(&outcome);
            match &outcome {
                Ok(Evicted { connections: 0 }) => {}
                Ok(Evicted { connections }) => {
                    tracing::info!(sfu.room = sfu_room, evicted.user = %user, connections, "eviction.done");
                }
                Err(error) => {
                    let error: &(dyn std::error::Error + 'static) = error;
                    tracing::warn!(sfu.room = sfu_room, evicted.user = %user, error, "eviction.failed");
                }
            }
            outcome
        };
        // A panic has told of itself; whoever is left in the room is found by the reconciler.
        tokio::spawn(eviction.in_current_span()).await.unwrap_or(Err(SfuFailure::TimedOut(None)))
    }

    async fn send_out(&self, sfu_room: &str, user: &UserId) -> Result<Evicted, SfuFailure> {
        let mut connections = 0;
        for _ in 0..LOOKS {
            let there = self.connections_of(sfu_room, user).await?;
            if there.is_empty() {
                return Ok(Evicted { connections });
            }
            let removals =
                there.iter().map(|one| self.sfu.remove(sfu_room, &one.identity)).collect::<Vec<_>>();
            let mut removals = stream::iter(removals).buffer_unordered(DEVICES_AT_ONCE);
            while let Some(removed) = removals.next().await {
                connections += usize::from(removed?);
            }
        }
        if self.connections_of(sfu_room, user).await?.is_empty() {
            Ok(Evicted { connections })
        } else {
            // Somebody comes back faster than they are sent out. What they hold is void; the reconciler goes on.
            Err(SfuFailure::TimedOut(None))
        }
    }

    async fn connections_of(&self, sfu_room: &str, user: &UserId) -> Result<Vec<SfuParticipant>, SfuFailure> {
        let mut there = self.sfu.participants(sfu_room).await?;
        there.retain(|one| is_of(&one.identity, user));
        Ok(there)
    }
}

/// Whether `identity` is `user` with some device.
pub(super) fn is_of(identity: &str, user: &UserId) -> bool {
    identity.parse::<ParticipantIdentity>().is_ok_and(|identity| identity.user == *user)
}
