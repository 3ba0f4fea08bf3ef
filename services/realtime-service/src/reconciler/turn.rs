//! One turn: which rooms there are, and which of them are due.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::Duration;

use clock::{DateTime, Utc};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use rand::seq::SliceRandom as _;
use room_tokens::parse_sfu_room;
use signal_protocol::{RoomId, Tenant};
use store::{Read, StoreError};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{Instrument as _, info_span};

use super::{ReconcilerParts, sweep};
use crate::occupancy::{self, Occupancy};
use crate::sfu::SfuRoom;
use crate::stored::occupancy_key;

/// How many rooms are compared at a time.
const AT_ONCE: usize = 8;

/// How many rooms one replica compares in a turn at most: each is a request to LiveKit.
const MOST_ROOMS: usize = 5_000;

/// How many records are read at once.
const READ_AT_ONCE: usize = 200;

/// The turns of one tenant.
pub(super) struct Turns {
    pub(super) parts: ReconcilerParts,
    pub(super) tenant: Tenant,
    /// Whether the records were gone through since this replica was started.
    has_swept: bool,
}

/// What LiveKit has.
pub(super) struct Listed {
    /// When it was asked, or earlier, by the store's clock.
    pub(super) asked_at: DateTime<Utc>,
    pub(super) rooms: BTreeMap<RoomId, SfuRoom>,
    /// The clusters that did not answer: rooms of theirs are not listed and may be there.
    pub(super) silent: BTreeSet<String>,
}

/// What is to be done about rooms.
#[derive(Default)]
struct Due {
    /// To be compared.
    rooms: Vec<RoomId>,
    /// They are in a cluster that does not answer.
    unasked: Vec<RoomId>,
}

impl Listed {
    /// Whether the room is to be found in the list if there is one.
    fn covers(&self, occupancy: &Occupancy) -> bool {
        match &occupancy.cluster {
            Some(cluster) => !self.silent.contains(cluster),
            None => self.silent.is_empty(),
        }
    }
}

impl Turns {
    pub(super) fn new(parts: ReconcilerParts, tenant: Tenant) -> Self {
        let occupancies = parts.occupancies.mending(parts.metrics.made_anew());
        Self { parts: ReconcilerParts { occupancies, ..parts }, tenant, has_swept: false }
    }

    pub(super) const fn period(&self) -> Duration {
        self.parts.period
    }

    /// Compares what is due.
    pub(super) async fn take(&mut self, stopping: &watch::Receiver<bool>) {
        let begun = Instant::now();
        let span = info_span!(
            parent: None,
            "rooms.reconcile",
            otel.name = "realtime-service.rooms.reconcile",
            tenant.id = %self.tenant,
        );
        let outcome = match self.compare(stopping).instrument(span).await {
            Ok(listed) if listed.silent.is_empty() => "done",
            Ok(_) => "partly",
            Err(error) => {
                let error: &(dyn Error + 'static) = &error;
                tracing::warn!(tenant.id = %self.tenant, error, "reconcile.turn_failed");
                "failed"
            }
        };
        self.parts.metrics.turned(outcome, begun.elapsed());
    }

    async fn compare(&mut self, stopping: &watch::Receiver<bool>) -> Result<Listed, StoreError> {
        self.sweep().await?;
        let listed = self.list().await?;
        if listed.silent.is_empty() {
            let participants = listed.rooms.values().map(|room| u64::from(room.participants)).sum();
            self.parts.metrics.listed(&self.tenant, listed.rooms.len(), participants);
        }
        let live_rooms = &self.parts.live_rooms;
        for room in listed.rooms.keys() {
            live_rooms.heard_of(&self.tenant, room);
        }
        let mut rooms: Vec<_> = live_rooms.of(&self.tenant).into_iter().collect();
        // Every replica begins somewhere else, so that they meet at few rooms.
        rooms.shuffle(&mut rand::rng());
        let Due { rooms: mut due, unasked } = self.due(&rooms, &listed).await?;
        let excess = due.len().saturating_sub(MOST_ROOMS);
        self.parts.metrics.compared_many("left_over", excess);
        due.truncate(MOST_ROOMS);
        let goes_on = || std::future::ready(!*stopping.borrow());
        let visits = stream::iter(due).take_while(|_| goes_on());
        visits
            .for_each_concurrent(AT_ONCE, async |room| {
                let outcome = self.visit(&room, &listed).await;
                self.parts.metrics.compared(outcome);
            })
            .await;
        // After what can be done now, however many rooms a silent cluster has.
        let undone = stream::iter(unasked).take(MOST_ROOMS).take_while(|_| goes_on());
        let kept = undone.map(async |room| self.keep_undone(&room).await).buffer_unordered(AT_ONCE);
        kept.fold(Ok(()), |all, one| std::future::ready(all.and(one))).await.map(|()| listed)
    }

    async fn sweep(&mut self) -> Result<(), StoreError> {
        let ReconcilerParts { store, live_rooms, .. } = &self.parts;
        if sweep::is_due(store, &self.tenant).await? || !self.has_swept {
            sweep::remember_all(store, &self.tenant, live_rooms).await?;
            self.has_swept = true;
        }
        Ok(())
    }

    async fn list(&self) -> Result<Listed, StoreError> {
        let ReconcilerParts { store, sfu, .. } = &self.parts;
        let asked_at = store.read(&self.tenant, Read::new()).await?.now;
        let mut listed = Listed { asked_at, rooms: BTreeMap::new(), silent: BTreeSet::new() };
        let asked = sfu.clusters().map(async |cluster| (cluster, sfu.rooms_in(cluster, &self.tenant).await));
        for (cluster, rooms) in join_all(asked).await {
            match rooms {
                Ok(rooms) => {
                    let ours = rooms.into_iter().filter_map(|room| {
                        let (_, id) = parse_sfu_room(&room.name)?;
                        Some((id, room))
                    });
                    listed.rooms.extend(ours);
                }
                Err(failure) => {
                    let code = failure.code().as_str();
                    tracing::warn!(tenant.id = %self.tenant, sfu.cluster = cluster, code, "reconcile.unlisted");
                    listed.silent.insert(cluster.to_owned());
                }
            }
        }
        Ok(listed)
    }

    /// Which of the rooms are to be compared now, and by nobody else. Those that are over are forgotten.
    async fn due(&self, rooms: &[RoomId], listed: &Listed) -> Result<Due, StoreError> {
        let mut due = Due::default();
        let mut lag = 0;
        for rooms in rooms.chunks(READ_AT_ONCE) {
            let read = rooms.iter().map(occupancy_key).fold(Read::new(), |read, key| read.and(key, 0));
            let read = self.parts.store.read(&self.tenant, read).await?;
            for room in rooms {
                let is_listed = listed.rooms.contains_key(room);
                let key = occupancy_key(room);
                let Ok(occupancy) = read.parse::<Occupancy>(&key) else {
                    // It is made anew by whoever compares it, once it is certain what LiveKit has; one of a newer release is not.
                    let is_damaged = read.data(&key).is_some_and(occupancy::is_damaged);
                    if is_damaged && (is_listed || listed.silent.is_empty()) {
                        due.rooms.push(room.clone());
                    }
                    continue;
                };
                let occupancy = occupancy.unwrap_or_default();
                if !is_listed && occupancy.sid.is_none() {
                    self.parts.live_rooms.forget(&self.tenant, room);
                } else if !is_listed && !listed.covers(&occupancy) {
                    due.unasked.push(room.clone());
                } else if is_due(&occupancy, read.now, self.period()) {
                    let since = occupancy.reconciled_at.map(|last| (read.now - last).num_seconds());
                    lag = lag.max(since.unwrap_or_default());
                    due.rooms.push(room.clone());
                }
            }
        }
        self.parts.metrics.lags(lag);
        Ok(due)
    }
}

/// Whether the room was not compared for most of a period, and nobody is at it.
pub(super) fn is_due(occupancy: &Occupancy, now: DateTime<Utc>, period: Duration) -> bool {
    let is_free = occupancy.claimed_until.is_none_or(|until| until <= now);
    let since_last = occupancy.reconciled_at.map(|last| (now - last).to_std().unwrap_or_default());
    is_free && since_last.is_none_or(|since| since >= period.mul_f64(0.75))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_due_once_in_a_period_and_to_one_replica() {
        let now = DateTime::UNIX_EPOCH + clock::Duration::days(20_000);
        let period = Duration::from_secs(20);
        let ago = |seconds| Some(now - clock::Duration::seconds(seconds));
        let room =
            |reconciled_at, claimed_until| Occupancy { reconciled_at, claimed_until, ..Occupancy::default() };
        assert!(is_due(&room(None, None), now, period));
        assert!(is_due(&room(ago(15), None), now, period));
        assert!(!is_due(&room(ago(14), None), now, period));
        assert!(!is_due(&room(ago(60), ago(-1)), now, period), "it is somebody's");
        assert!(is_due(&room(ago(60), ago(0)), now, period), "whoever had it is gone");
    }
}
