//! LiveKit, as far as this service speaks to it.
//!
//! A room is created before the first token for it, because LiveKit runs with `auto_create: false`: otherwise a token
//! would open a room that nobody configured. What LiveKit has confirmed is remembered for seconds, so that a join to a
//! room in use asks nobody.
//!
//! There may be several clusters. A room is in one of them, and stays there while it lives; see `placement`.

mod breaker;
mod budget;
mod client;
mod cluster;
mod clusters;
mod failure;
mod guard;
mod lane;
mod lifetime;
mod placement;
mod room;
mod room_service;
mod twirp;
mod unreachable;

pub(crate) use cluster::Cluster;
pub(crate) use failure::SfuFailure;
pub(crate) use lane::{LaneParts, SfuLane};
pub(crate) use room::{ParticipantState, SfuKey, SfuParticipant, SfuRoom, SfuTrack};

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use futures_util::future::try_join_all;
use livekit_protocol::CreateRoomRequest;
use moka::future::Cache;
use signal_protocol::{MediaSource, Tenant};
use tokio::time::Instant;

use crate::LiveKitSettings;
use crate::metrics::ServiceMetrics;
use client::Bounds;
use clusters::Clusters;
use lifetime::Lifetime;

/// How many rooms are remembered at most. Past it LiveKit is asked again for those used longest ago.
const KNOWN_ROOMS: u64 = 100_000;

/// How many remembered rooms a probe asks about at most, so that its question stays small.
const PROBED_ROOMS: usize = 500;

/// A room that exists nowhere: asking for it tells whether LiveKit answers and takes our key.
const PROBE_ROOM: &str = "-/probe";

/// How long listing every room of a cluster may take; nobody waits for it.
const LISTING: Duration = Duration::from_secs(5);

/// The LiveKit clusters of this deployment.
#[derive(Clone)]
pub(crate) struct Sfu {
    clusters: Arc<Clusters>,
    /// The rooms that LiveKit has lately confirmed, and where they are.
    known_rooms: Cache<String, Arc<Cluster>>,
    /// What every room is created with, unless its source of membership says otherwise.
    defaults: CreateRoomRequest,
    lifetime: Lifetime,
    timeout: Duration,
    try_timeout: Duration,
    clock: Clock,
}

impl Sfu {
    pub(crate) fn new(
        settings: &LiveKitSettings,
        clock: Clock,
        metrics: &ServiceMetrics,
    ) -> Result<Self, http_client::Failure> {
        let clusters = settings.clusters();
        let clusters = clusters
            .iter()
            .map(|one| Cluster::new(one, settings, clock.clone(), metrics.clone()).map(Arc::new));
        Ok(Self {
            clusters: Arc::new(Clusters::new(clusters.collect::<Result<_, _>>()?)),
            known_rooms: Cache::builder()
                .max_capacity(KNOWN_ROOMS)
                .time_to_live(Duration::from_secs(settings.known_room_seconds))
                .build(),
            defaults: CreateRoomRequest {
                empty_timeout: settings.empty_timeout_seconds,
                departure_timeout: settings.departure_timeout_seconds,
                max_participants: settings.max_participants,
                ..CreateRoomRequest::default()
            },
            lifetime: Lifetime::of(settings),
            timeout: settings.request_timeout(),
            try_timeout: settings.try_timeout(),
            clock,
        })
    }

    /// Whether there is a choice of clusters.
    pub(crate) fn has_several(&self) -> bool {
        self.clusters.only().is_none()
    }

    /// The names of all clusters.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &str> {
        self.clusters.iter().map(|cluster| cluster.name())
    }

    /// Every key that LiveKit's webhooks and the tokens that were given may be signed with: those of all clusters, the
    /// current ones and the ones before.
    pub(crate) fn keys(&self) -> impl Iterator<Item = SfuKey<'_>> {
        self.clusters.iter().flat_map(|cluster| cluster.keys())
    }

    /// Whether LiveKit has lately confirmed the room, so that [`Self::ensure_room`] asks nobody.
    pub(crate) fn knows(&self, sfu_room: &str) -> bool {
        self.known_rooms.contains_key(sfu_room)
    }

    /// Forgets that LiveKit has confirmed the room: it is said to be gone.
    pub(crate) async fn forget(&self, sfu_room: &str) {
        self.known_rooms.invalidate(sfu_room).await;
    }

    /// Forgets every room of the tenant that LiveKit has confirmed: nobody knows which of them are gone.
    pub(crate) async fn forget_tenant(&self, tenant: &Tenant) {
        let prefix = format!("{tenant}/");
        for (room, _) in self.known_rooms.iter().filter(|(room, _)| room.starts_with(&prefix)) {
            self.known_rooms.invalidate(room.as_str()).await;
        }
    }

    /// Deletes the room, whoever is in it, and forgets it. One that does not exist is closed.
    pub(crate) async fn close_room(&self, sfu_room: &str) -> Result<(), SfuFailure> {
        let bounds = self.bounds();
        let homes = self.homes(sfu_room, bounds).await;
        let closing = homes?.into_iter().map(|cluster| async move {
            let was_there = cluster.client.close_room(sfu_room, bounds).await?;
            if was_there {
                tracing::info!(sfu.room = sfu_room, "sfu.room_closed");
            }
            Ok(())
        });
        let closed = try_join_all(closing).await;
        self.known_rooms.invalidate(sfu_room).await;
        closed.map(drop)
    }

    /// Everybody who is in the room now, by LiveKit's own list but for those whom it cannot reach; nobody if it does not exist.
    pub(crate) async fn participants(&self, sfu_room: &str) -> Result<Vec<SfuParticipant>, SfuFailure> {
        let bounds = self.bounds();
        match self.home(sfu_room, bounds).await? {
            Some(cluster) => cluster.client.participants(sfu_room, bounds).await,
            None => Ok(Vec::new()),
        }
    }

    /// Whether anybody is in the room now. LiveKit's list of participants is asked, because its counters lag behind.
    pub(crate) async fn is_live(&self, sfu_room: &str) -> Result<bool, SfuFailure> {
        Ok(!self.participants(sfu_room).await?.is_empty())
    }

    /// In which of these rooms somebody is, by one question to each cluster and one for each room that it has.
    pub(crate) async fn live_among(&self, sfu_rooms: &[String]) -> Result<HashSet<String>, SfuFailure> {
        let bounds = self.bounds();
        let asking = self.clusters.iter().map(|cluster| cluster.client.occupied(sfu_rooms.to_vec(), bounds));
        Ok(try_join_all(asking).await?.into_iter().flatten().collect())
    }

    /// Sends one participant out. Whether they were there.
    pub(crate) async fn remove(&self, sfu_room: &str, identity: &str) -> Result<bool, SfuFailure> {
        let bounds = self.bounds();
        match self.home(sfu_room, bounds).await? {
            Some(cluster) => cluster.client.remove(sfu_room, identity, bounds).await,
            None => Ok(false),
        }
    }

    /// Mutes everything that a participant sends of this source, muted or not. Whether they send any.
    pub(crate) async fn mute(
        &self,
        sfu_room: &str,
        identity: &str,
        source: MediaSource,
    ) -> Result<bool, SfuFailure> {
        let bounds = self.bounds();
        let Some(cluster) = self.home(sfu_room, bounds).await? else { return Ok(false) };
        let tracks = cluster.client.tracks(sfu_room, identity, bounds).await?;
        let of_source = tracks.iter().filter(|track| track.source == Some(source));
        let muting = of_source.map(|track| cluster.client.mute(sfu_room, identity, &track.sid, bounds));
        Ok(try_join_all(muting).await?.contains(&true))
    }

    /// Every room of the tenant in one cluster, so that one that does not answer keeps nobody from the others. Takes up to
    /// 5 s.
    pub(crate) async fn rooms_in(&self, cluster: &str, tenant: &Tenant) -> Result<Vec<SfuRoom>, SfuFailure> {
        let cluster = self.clusters.named(cluster).ok_or(SfuFailure::Elsewhere)?;
        let bounds = Bounds { deadline: Instant::now() + LISTING, per_try: LISTING, ..self.bounds() };
        cluster.client.rooms(&format!("{tenant}/"), bounds).await
    }

    /// Whether the cluster that the room is in, or would be, answers and accepts our key.
    pub(crate) async fn probe_for(&self, sfu_room: &str) -> Result<(), SfuFailure> {
        let cluster = self.place(sfu_room, self.bounds()).await?;
        self.probe_cluster(&cluster).await
    }

    /// Whether the cluster of this name answers and accepts our key. It is asked even if it is left alone by everybody else.
    pub(crate) async fn probe_in(&self, cluster: &str) -> Result<(), SfuFailure> {
        self.probe_cluster(self.clusters.named(cluster).ok_or(SfuFailure::Elsewhere)?).await
    }

    /// Forgets the rooms that the cluster no longer has: a LiveKit that was started again knows none of them, and nobody
    /// tells us.
    async fn probe_cluster(&self, cluster: &Arc<Cluster>) -> Result<(), SfuFailure> {
        let here = self.known_rooms.iter().filter(|(_, home)| Arc::ptr_eq(home, cluster));
        let known: Vec<_> = here.take(PROBED_ROOMS).map(|(room, _)| room).collect();
        let mut asked: Vec<String> = known.iter().map(|room| room.as_str().to_owned()).collect();
        asked.push(PROBE_ROOM.to_owned());
        let bounds = Bounds { regardless: true, ..self.bounds() };
        let existing = match cluster.client.existing(asked, bounds).await {
            Ok(existing) => existing,
            Err(failure) => {
                if let SfuFailure::Unavailable(_) = failure {
                    self.forget_all(cluster).await;
                }
                return Err(failure);
            }
        };
        for room in known {
            if !existing.contains(room.as_str()) {
                self.known_rooms.invalidate(room.as_str()).await;
            }
        }
        Ok(())
    }

    async fn forget_all(&self, cluster: &Arc<Cluster>) {
        let here = self.known_rooms.iter().filter(|(_, home)| Arc::ptr_eq(home, cluster));
        for (room, _) in here {
            self.known_rooms.invalidate(room.as_str()).await;
        }
    }

    /// How long a request that comes in now may keep LiveKit busy.
    fn bounds(&self) -> Bounds {
        Bounds { deadline: Instant::now() + self.timeout, per_try: self.try_timeout, regardless: false }
    }
}

#[cfg(test)]
mod tests;
