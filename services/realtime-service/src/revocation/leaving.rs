//! People whose login was ended leave the rooms they are in, with every device.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use mailbox::Addressed;
use signal_protocol::{EventBody, RemovalReason, RoomId, Tenant, UserId};
use store::{Commit, Read, Store, StoreError, Write};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{RevocationMetrics, SignedOut};
use crate::moderation::Evictions;
use crate::occupancy::Whereabouts;
use crate::stored::whereabouts_key;

/// How many people may be on their way out at once, those who wait for their turn included. Of more, the reconciler is left to
/// find them.
const MOST: usize = 4_096;
/// How many of them are dealt with at a time.
const AT_ONCE: usize = 8;
/// How often it is tried.
const TRIES: u32 = 5;
/// The pause after a first failure; it doubles with each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// How long is waited at the end for those who are on their way.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Everybody who is on their way out. Clones are the same.
#[derive(Clone)]
pub(super) struct Leaving {
    leaver: Leaver,
    turns: Arc<Semaphore>,
    under_way: Arc<Mutex<JoinSet<()>>>,
}

/// What it takes to lead somebody out.
#[derive(Clone)]
pub(super) struct Leaver {
    pub(super) store: Store,
    pub(super) evictions: Evictions,
    pub(super) metrics: RevocationMetrics,
    pub(super) token_life: Duration,
}

/// What came of one try.
enum Try {
    /// They were in no room.
    Absent,
    /// They are in none any more.
    Left,
    /// LiveKit did not do all of it.
    Unfinished,
}

impl Leaving {
    pub(super) fn start(leaver: Leaver) -> Self {
        Self { leaver, turns: Arc::new(Semaphore::new(AT_ONCE)), under_way: Arc::default() }
    }

    /// The record that voids the LiveKit tokens of `user` from before.
    pub(super) fn signed_out(&self, signed_out: &SignedOut, user: &UserId) -> Write {
        signed_out.put(user, self.leaver.token_life)
    }

    /// Sees to it that `user` leaves, beside whatever else goes on. Their tokens must be void already.
    pub(super) fn leave(&self, tenant: &Tenant, user: &UserId) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        if under_way.len() >= MOST {
            self.leaver.metrics.left("dropped");
            tracing::warn!(tenant.id = %tenant, user.id = %user, "revocation.leaving_dropped");
            return;
        }
        let (leaver, turns) = (self.leaver.clone(), Arc::clone(&self.turns));
        let (tenant, user) = (tenant.clone(), user.clone());
        let leaving = async move {
            let _turn = turns.acquire().await;
            leaver.lead_out(&tenant, &user).await;
        };
        under_way.spawn(leaving.in_current_span());
    }

    pub(super) async fn stop(&self) {
        let under_way = std::mem::take(&mut *self.under_way.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout(LAST_WORDS, under_way.join_all()).await.is_err() {
            tracing::warn!("revocation.leaving_cut_off");
        }
    }
}

impl Leaver {
    async fn lead_out(&self, tenant: &Tenant, user: &UserId) {
        let mut pause = FIRST_PAUSE;
        for left in (0..TRIES).rev() {
            match self.attempt(tenant, user, left + 1 == TRIES).await {
                Ok(Try::Absent) => return self.metrics.left("absent"),
                Ok(Try::Left) => {
                    tracing::info!(tenant.id = %tenant, user.id = %user, "revocation.rooms_left");
                    return self.metrics.left("left");
                }
                // Which LiveKit's client has told of.
                Ok(Try::Unfinished) => {}
                Err(error) => {
                    let error = &error as &dyn Error;
                    tracing::warn!(tenant.id = %tenant, user.id = %user, error, "revocation.leaving_failed");
                }
            }
            if left > 0 {
                sleep(pause).await;
                pause *= 2;
            }
        }
        self.metrics.left("failed");
        tracing::warn!(tenant.id = %tenant, user.id = %user, "revocation.rooms_not_left");
    }

    async fn attempt(&self, tenant: &Tenant, user: &UserId, is_first: bool) -> Result<Try, StoreError> {
        let read = Read::new().and(whereabouts_key(user), 0);
        let snapshot = self.store.read(tenant, read).await?;
        let whereabouts: Option<Whereabouts> = snapshot.parse(&whereabouts_key(user))?;
        let rooms: Vec<RoomId> = whereabouts.unwrap_or_default().rooms.into_keys().collect();
        if rooms.is_empty() {
            return Ok(Try::Absent);
        }
        if is_first {
            self.tell(tenant, user, &rooms, snapshot.now).await?;
        }
        let mut is_done = true;
        for room in &rooms {
            is_done &= self.evictions.evict(tenant, room, user).await.is_ok();
        }
        if !is_done {
            return Ok(Try::Unfinished);
        }
        SignedOut::renew(&self.store, tenant, user, self.token_life).await?;
        Ok(Try::Left)
    }

    /// Tells the person's other devices why they are out. Of calls they hear otherwise.
    async fn tell(
        &self,
        tenant: &Tenant,
        user: &UserId,
        rooms: &[RoomId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let told = |room: &RoomId| {
            let body = EventBody::RoomRemoved { room_id: room.clone(), reason: RemovalReason::SignedOut };
            mailbox::append(user, &Addressed::All, Uuid::now_v7(), now, &body)
        };
        let writes: Vec<Write> = rooms.iter().filter(|room| !room.is_call()).map(told).collect();
        if !writes.is_empty() {
            self.store.commit(tenant, Commit { writes, ..Commit::default() }).await?;
        }
        Ok(())
    }
}
