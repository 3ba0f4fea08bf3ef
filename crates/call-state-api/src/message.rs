//! Bodies that only the internal API has. All others are those of the public one, in `signal_protocol`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{Call, CallId, DeviceId, EndReason, Signal, UserId, timestamp};

/// What a device has to know when it starts from nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotAnswer {
    /// The caller's live calls.
    pub calls: Vec<Call>,
    /// What the other devices of these calls have sent to this one in their current generation.
    #[serde(default)]
    pub signals: Vec<Signal>,
    /// The server's time.
    #[serde(with = "timestamp")]
    pub server_now: DateTime<Utc>,
}

/// Who is in the room of a call, as LiveKit says. The answer to an [`outbox::SfuEffect`](crate::outbox::SfuEffect)
/// of the kind `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SfuReport {
    /// Whose room.
    pub call_id: CallId,
    /// When LiveKit was asked, by the store's clock: the `at` of the effect that is answered. A report says nothing
    /// about any time after it.
    #[serde(with = "timestamp")]
    pub asked_at: DateTime<Utc>,
    /// Everybody who was in the room then, at most [`SfuReport::MOST_PRESENT`].
    pub present: Vec<Present>,
    /// Whether the room was deleted in LiveKit, by somebody other than us, with people in it. That it is merely not there
    /// says nothing: LiveKit may have been started again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub room_deleted: bool,
}

impl SfuReport {
    /// More than a call has parties, each with a device or two.
    pub const MOST_PRESENT: usize = 200;
}

/// What a call made of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SfuReportAnswer {
    /// Whether the call goes on.
    pub live: bool,
    /// Who was in its room and is not in the call, or no more: they are to be sent out.
    #[serde(default)]
    pub outsiders: Vec<UserId>,
}

/// One participant of a room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Present {
    /// Who.
    pub user_id: UserId,
    /// With which of their devices.
    pub device: DeviceId,
}

/// Ends a call from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Why: one of [`EndRequest::REASONS`].
    pub reason: EndReason,
}

impl EndRequest {
    /// What nobody in a call brings about. Every other reason follows from what its parties do.
    pub const REASONS: [EndReason; 4] =
        [EndReason::Removed, EndReason::RoomEnded, EndReason::ServerShutdown, EndReason::Error];
}

/// Takes a person out of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveRequest {
    /// Whom.
    pub user_id: UserId,
}
