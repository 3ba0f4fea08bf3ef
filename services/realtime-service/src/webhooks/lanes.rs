//! Whose turn it is: what LiveKit says is worked off beside joins, not before them.
//!
//! The events of one room wait for each other, because they change one record and would else collide; so do rooms that share a
//! lane. That also bounds what is asked of the store at once. Who would have to wait for too long is sent away, and LiveKit comes
//! again.

use std::time::Duration;

use signal_protocol::{RoomId, Tenant};
use tokio::sync::{MutexGuard, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::turns::Turns;

/// How many events are worked on at once.
const LANES: usize = 16;
/// How many more wait.
const MOST_WAITING: usize = 512;
/// And for how long: well within the deadline of a request.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lanes of one replica.
pub(super) struct Lanes {
    turns: Turns,
    places: Semaphore,
}

/// It is the holder's turn, until this is dropped.
pub(super) struct Lane<'a> {
    _turn: MutexGuard<'a, ()>,
    _place: SemaphorePermit<'a>,
}

/// Too much is under way.
#[derive(Debug, thiserror::Error)]
#[error("too many webhooks are waiting")]
pub(super) struct Crowded;

impl Lanes {
    pub(super) fn new() -> Self {
        Self { turns: Turns::with_lanes(LANES), places: Semaphore::new(LANES + MOST_WAITING) }
    }

    /// Waits for the turn of this room.
    pub(super) async fn wait(&self, tenant: &Tenant, room: &RoomId) -> Result<Lane<'_>, Crowded> {
        let place = self.places.try_acquire().map_err(|_| Crowded)?;
        let turn = timeout(PATIENCE, self.turns.at(tenant, room)).await.map_err(|_| Crowded)?;
        Ok(Lane { _turn: turn, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    #[tokio::test]
    async fn who_finds_no_place_is_sent_away_at_once() {
        let (lanes, tenant) = (Lanes::new(), Tenant::parse("realtime").unwrap());
        let room = RoomId::parse("standup").unwrap();
        let first = lanes.wait(&tenant, &room).await.unwrap();
        let mut waiting =
            (1..LANES + MOST_WAITING).map(|_| Box::pin(lanes.wait(&tenant, &room))).collect::<Vec<_>>();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none(), "they wait");
        }
        assert!(lanes.wait(&tenant, &room).await.is_err());
        drop(first);
        let served = join_all(waiting.into_iter().map(async |one| one.await.map(drop))).await;
        assert!(served.iter().all(Result::is_ok), "one after the other");
    }
}
