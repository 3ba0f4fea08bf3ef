//! LiveKit, as far as this service speaks to it.
//!
//! A room is created before the first token for it, because LiveKit runs with `auto_create: false`: otherwise a token
//! would open a room that nobody configured. What LiveKit has confirmed is remembered for seconds, so that a join to a
//! room in use asks nobody.

mod client;
mod failure;
mod lane;
mod lifetime;

pub(crate) use failure::SfuFailure;
pub(crate) use lane::{LaneParts, SfuLane};

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use livekit_api::services::room::CreateRoomOptions;
use moka::future::Cache;

use crate::LiveKitSettings;
use crate::metrics::ServiceMetrics;
use client::SfuClient;
use lifetime::Lifetime;

/// How many rooms are remembered at most. Past it LiveKit is asked again for those used longest ago.
const KNOWN_ROOMS: u64 = 100_000;

/// How many remembered rooms a probe asks about at most, so that its question stays small.
const PROBED_ROOMS: usize = 500;

/// A room that exists nowhere: asking for it tells whether LiveKit answers and takes our key.
const PROBE_ROOM: &str = "-/probe";

/// The LiveKit server of this deployment.
#[derive(Clone)]
pub(crate) struct Sfu {
    client: Arc<SfuClient>,
    known_rooms: Cache<String, ()>,
    /// What every room is created with, unless its source of membership says otherwise.
    defaults: CreateRoomOptions,
    lifetime: Lifetime,
    timeout: Duration,
    clock: Clock,
}

impl Sfu {
    pub(crate) fn new(settings: &LiveKitSettings, clock: Clock, metrics: ServiceMetrics) -> Self {
        Self {
            client: Arc::new(SfuClient::new(settings, metrics)),
            known_rooms: Cache::builder()
                .max_capacity(KNOWN_ROOMS)
                .time_to_live(Duration::from_secs(settings.known_room_seconds))
                .build(),
            defaults: CreateRoomOptions {
                empty_timeout: settings.empty_timeout_seconds,
                departure_timeout: settings.departure_timeout_seconds,
                max_participants: settings.max_participants,
                ..CreateRoomOptions::default()
            },
            lifetime: Lifetime::of(settings),
            timeout: settings.request_timeout(),
            clock,
        }
    }

    /// Makes sure that the room exists, and that it will for as long as a token given now can be used.
    pub(crate) async fn ensure_room(
        &self,
        sfu_room: &str,
        max_participants: Option<u32>,
    ) -> Result<(), Arc<SfuFailure>> {
        if self.known_rooms.get(sfu_room).await.is_some() {
            return Ok(());
        }
        // Everybody who joins at the same moment waits for one request. Boxed: the rare way must not make the future
        // of every join as large as itself.
        let made = async {
            let made = tokio::time::timeout(self.timeout, self.make_room(sfu_room, max_participants)).await;
            made.unwrap_or(Err(SfuFailure::TimedOut(None)))
        };
        Box::pin(self.known_rooms.try_get_with_by_ref(sfu_room, made)).await
    }

    /// Creating a room that exists changes nothing, and does not prolong its life either: one that nobody is in may be
    /// about to close, and LiveKit does not tell when. Such a room is replaced; whoever is in one keeps it open.
    ///
    /// Somebody who enters between the question and the deletion is sent out once more. The alternative is a token for a
    /// room that closes before it can be used, for everybody who joins an empty room.
    async fn make_room(&self, sfu_room: &str, max_participants: Option<u32>) -> Result<(), SfuFailure> {
        let mut options = self.defaults.clone();
        options.max_participants = max_participants.unwrap_or(options.max_participants);
        let created = self.client.create_room(sfu_room, options.clone()).await?;
        if self.lifetime.lasts(created, self.clock.now()) || self.client.is_occupied(sfu_room).await? {
            return Ok(());
        }
        match self.client.delete_room(sfu_room).await {
            Ok(()) | Err(SfuFailure::NotFound) => {}
            Err(failure) => return Err(failure),
        }
        self.client.create_room(sfu_room, options).await?;
        tracing::info!(sfu.room = sfu_room, "sfu.room_renewed");
        Ok(())
    }

    /// Whether LiveKit has lately confirmed the room, so that [`Self::ensure_room`] asks nobody.
    pub(crate) fn knows(&self, sfu_room: &str) -> bool {
        self.known_rooms.contains_key(sfu_room)
    }

    /// Deletes the room, whoever is in it, and forgets it. One that does not exist is closed.
    pub(crate) async fn close_room(&self, sfu_room: &str) -> Result<(), SfuFailure> {
        let deleted = self.bounded(self.client.delete_room(sfu_room)).await;
        self.known_rooms.invalidate(sfu_room).await;
        match deleted {
            Ok(()) => tracing::info!(sfu.room = sfu_room, "sfu.room_closed"),
            Err(SfuFailure::NotFound) => {}
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    /// The identities of everybody who is in the room now; nobody if it does not exist.
    pub(crate) async fn present(&self, sfu_room: &str) -> Result<Vec<String>, SfuFailure> {
        match self.bounded(self.client.participants(sfu_room)).await {
            Err(SfuFailure::NotFound) => Ok(Vec::new()),
            answer => answer,
        }
    }

    async fn bounded<T>(
        &self,
        request: impl Future<Output = Result<T, SfuFailure>>,
    ) -> Result<T, SfuFailure> {
        tokio::time::timeout(self.timeout, request).await.unwrap_or(Err(SfuFailure::TimedOut(None)))
    }

    /// Whether anybody is in the room now.
    pub(crate) async fn is_live(&self, sfu_room: &str) -> Result<bool, SfuFailure> {
        self.client.is_occupied(sfu_room).await
    }

    /// Whether LiveKit answers and accepts our key. Forgets the rooms that it no longer has: a LiveKit that was started
    /// again knows none of them, and nobody tells us.
    pub(crate) async fn probe(&self) -> Result<(), SfuFailure> {
        let known: Vec<_> = self.known_rooms.iter().take(PROBED_ROOMS).map(|(room, ())| room).collect();
        let mut asked: Vec<String> = known.iter().map(|room| room.as_str().to_owned()).collect();
        asked.push(PROBE_ROOM.to_owned());
        let existing = self.client.existing(asked).await.inspect_err(|failure| {
            if let SfuFailure::Unavailable(_) = failure {
                self.known_rooms.invalidate_all();
            }
        })?;
        for room in known {
            if !existing.contains(room.as_str()) {
                self.known_rooms.invalidate(room.as_str()).await;
            }
        }
        Ok(())
    }
}
