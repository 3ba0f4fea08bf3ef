//! The calls to LiveKit's API: each one a client span, counted and timed.

use std::collections::HashSet;
use std::time::Instant;

use livekit_api::services::ServiceError;
use livekit_api::services::room::{CreateRoomOptions, RoomClient};
use tracing::Instrument;

use super::SfuFailure;
use crate::LiveKitSettings;
use crate::metrics::ServiceMetrics;

/// `ParticipantInfo.State.DISCONNECTED` of LiveKit's protocol, which livekit-api gives as a number.
const DISCONNECTED: i32 = 3;

/// livekit-api's client, with our bounds and our names for failures. Its futures are large and the calls rare, so each
/// is boxed.
pub(super) struct SfuClient {
    rooms: RoomClient,
    metrics: ServiceMetrics,
}

impl SfuClient {
    pub(super) fn new(settings: &LiveKitSettings, metrics: ServiceMetrics) -> Self {
        let rooms =
            RoomClient::with_api_key(settings.url.as_str(), &settings.api_key, settings.api_secret.expose())
                .with_failover(false)
                .with_request_timeout(settings.request_timeout());
        Self { rooms, metrics }
    }

    /// Creates the room unless there is one of this name. When it was created, in Unix seconds by LiveKit's clock.
    pub(super) async fn create_room(
        &self,
        name: &str,
        options: CreateRoomOptions,
    ) -> Result<i64, SfuFailure> {
        let room = self.observe("CreateRoom", Box::pin(self.rooms.create_room(name, options))).await?;
        tracing::info!(sfu.room = name, "sfu.room_confirmed");
        Ok(room.creation_time)
    }

    pub(super) async fn delete_room(&self, name: &str) -> Result<(), SfuFailure> {
        self.observe("DeleteRoom", Box::pin(self.rooms.delete_room(name))).await
    }

    /// Which of these rooms exist.
    pub(super) async fn existing(&self, names: Vec<String>) -> Result<HashSet<String>, SfuFailure> {
        let rooms = self.observe("ListRooms", Box::pin(self.rooms.list_rooms(names))).await?;
        Ok(rooms.into_iter().map(|room| room.name).collect())
    }

    /// Whether anybody is in the room. LiveKit's list of participants is asked, because its counters lag behind.
    pub(super) async fn is_occupied(&self, room: &str) -> Result<bool, SfuFailure> {
        match self.observe("ListParticipants", Box::pin(self.rooms.list_participants(room))).await {
            Ok(participants) => Ok(!participants.is_empty()),
            Err(SfuFailure::NotFound) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// The identities of those who are in the room. Who has just gone may be listed a moment longer, as such.
    pub(super) async fn participants(&self, room: &str) -> Result<Vec<String>, SfuFailure> {
        let listed = self.observe("ListParticipants", Box::pin(self.rooms.list_participants(room))).await?;
        let there = listed.into_iter().filter(|participant| participant.state != DISCONNECTED);
        Ok(there.map(|participant| participant.identity).collect())
    }

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
