//! LiveKit, as far as this service speaks to it.
//!
//! A room is created before the first token for it, because LiveKit runs with `auto_create: false`: otherwise a token
//! would open a room that nobody configured. What LiveKit has confirmed is remembered for seconds, so that a join to a
//! room in use asks nobody.

mod failure;

pub(crate) use failure::SfuFailure;

use std::sync::Arc;
use std::time::{Duration, Instant};

use livekit_api::services::ServiceError;
use livekit_api::services::room::{CreateRoomOptions, RoomClient};
use moka::future::Cache;
use tracing::Instrument;

use crate::LiveKitSettings;
use crate::metrics::ServiceMetrics;

/// How many rooms are remembered at most. Past it LiveKit is asked again for those used longest ago.
const KNOWN_ROOMS: u64 = 100_000;

/// A room that exists nowhere: asking for it tells whether LiveKit answers and takes our key.
const PROBE_ROOM: &str = "-/probe";

/// The LiveKit server of this deployment.
#[derive(Clone)]
pub(crate) struct Sfu {
    client: Arc<RoomClient>,
    known_rooms: Cache<String, ()>,
    empty_timeout_seconds: u32,
    departure_timeout_seconds: u32,
    default_max_participants: u32,
    metrics: ServiceMetrics,
}

impl Sfu {
    pub(crate) fn new(settings: &LiveKitSettings, metrics: ServiceMetrics) -> Self {
        let client =
            RoomClient::with_api_key(settings.url.as_str(), &settings.api_key, settings.api_secret.expose())
                .with_failover(false)
                .with_request_timeout(settings.request_timeout());
        Self {
            client: Arc::new(client),
            known_rooms: Cache::builder()
                .max_capacity(KNOWN_ROOMS)
                .time_to_live(Duration::from_secs(settings.known_room_seconds))
                .build(),
            empty_timeout_seconds: settings.empty_timeout_seconds,
            departure_timeout_seconds: settings.departure_timeout_seconds,
            default_max_participants: settings.max_participants,
            metrics,
        }
    }

    /// Makes sure that the room exists. Creating one that does is harmless; LiveKit keeps it as it is.
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
        Box::pin(self.known_rooms.try_get_with_by_ref(sfu_room, self.create_room(sfu_room, max_participants)))
            .await
    }

    async fn create_room(&self, sfu_room: &str, max_participants: Option<u32>) -> Result<(), SfuFailure> {
        let options = CreateRoomOptions {
            empty_timeout: self.empty_timeout_seconds,
            departure_timeout: self.departure_timeout_seconds,
            max_participants: max_participants.unwrap_or(self.default_max_participants),
            ..CreateRoomOptions::default()
        };
        self.observe("CreateRoom", Box::pin(self.client.create_room(sfu_room, options))).await?;
        tracing::info!(sfu.room = sfu_room, "sfu.room_created");
        Ok(())
    }

    /// Whether anybody is in the room now. LiveKit's list of participants is asked, because its counters lag behind.
    pub(crate) async fn is_live(&self, sfu_room: &str) -> Result<bool, SfuFailure> {
        match self.observe("ListParticipants", Box::pin(self.client.list_participants(sfu_room))).await {
            Ok(participants) => Ok(!participants.is_empty()),
            Err(SfuFailure::NotFound) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Whether LiveKit answers and accepts our key.
    pub(crate) async fn probe(&self) -> Result<(), SfuFailure> {
        self.observe("ListRooms", Box::pin(self.client.list_rooms(vec![PROBE_ROOM.to_owned()])))
            .await
            .map(drop)
    }

    /// Carries out one call as a client span, counted and timed. Callers box it: these futures are large, and rare.
    async fn observe<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, SfuFailure> {
        let span = tracing::info_span!(
            "livekit.request",
            otel.name = %format_args!("livekit.{method}"),
            otel.kind = "client",
            rpc.system = "twirp",
            rpc.service = "livekit.RoomService",
            rpc.method = method,
            otel.status_code = tracing::field::Empty,
        );
        let started = Instant::now();
        let result = call.instrument(span.clone()).await.map_err(SfuFailure::from);
        let outcome = result.as_ref().err().map_or("ok", SfuFailure::outcome);
        if result.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        self.metrics.sfu_answered(method, outcome, started.elapsed());
        result
    }
}
