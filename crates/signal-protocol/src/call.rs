//! A call, as its parties see it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CallId, DeviceId, RoomId, UserId, timestamp};

/// What is transmitted at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CallKind {
    /// Sound alone.
    Audio,
    /// Sound and picture.
    Video,
}

/// By which way the media go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CallMedia {
    /// Through LiveKit. Any number of people.
    Livekit,
    /// Directly from one device to the other. Two people.
    P2p,
}

/// Where a call stands. Nothing but `ended` is final, whatever may be added later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CallPhase {
    /// Nobody has accepted yet.
    Ringing,
    /// Somebody has accepted.
    Active,
    /// Over.
    Ended,
}

/// Why a call ended. A client treats one that it does not know as `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Hung up after it was active.
    Completed,
    /// The caller gave up before anybody answered.
    Cancelled,
    /// The only callee, or every one, declined.
    Rejected,
    /// The only callee, or every one, is in another call, is being rung, or does not want to be disturbed.
    Busy,
    /// The time was up; some device had been told of the ring.
    NoAnswer,
    /// The time was up and no device was ever told of the ring, or there was none from the start.
    Unreachable,
    /// Accepted, but the media never came about.
    ConnectionTimeout,
    /// A party's device is gone.
    ConnectionLost,
    /// A party's microphone or camera does not work.
    MediaFailed,
    /// A moderator ended it.
    Removed,
    /// The room was closed.
    RoomEnded,
    /// The service was shut down.
    ServerShutdown,
    /// Anything else.
    Error,
}

/// Who somebody is in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartyRole {
    /// Made the call.
    Caller,
    /// Was called.
    Callee,
}

/// Where one person stands in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartyState {
    /// Called; no device has shown the ring yet.
    Invited,
    /// A device shows the ring.
    Ringing,
    /// In the call.
    Accepted,
    /// Said no.
    Declined,
    /// In another call, or not to be disturbed.
    Busy,
    /// Was in the call and is no more.
    Left,
    /// The call ended, or the time was up, before an answer.
    Missed,
}

/// How the media of one device stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaState {
    /// On the way.
    Connecting,
    /// They flow.
    Connected,
    /// They did, and it is tried again.
    Reconnecting,
}

/// One person in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Party {
    /// Who.
    pub user_id: UserId,
    /// Caller or callee.
    pub role: PartyRole,
    /// Where they stand.
    pub state: PartyState,
    /// With which of their devices they are in the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The public key of that device, in end-to-end encrypted calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How that device's media stand, once it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_state: Option<MediaState>,
}

/// A call, as its parties see it. All of them see the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// Rises by one with every change, so that the newer of two views is known.
    pub version: u64,
    /// Where it stands.
    pub phase: CallPhase,
    /// What is transmitted at most.
    pub kind: CallKind,
    /// By which way.
    pub media: CallMedia,
    /// The application's room whose members call each other, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The room to join, `POST /rooms/{sfu_room}/join`; LiveKit calls only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sfu_room: Option<RoomId>,
    /// Who made it.
    pub caller: UserId,
    /// Everybody who is or was in it, the caller first.
    pub parties: Vec<Party>,
    /// When it was made.
    #[serde(with = "timestamp")]
    pub created_at: DateTime<Utc>,
    /// When the ring ends by itself; while it rings.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when somebody has accepted; from then on.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub active_since: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// The server's time when this view was made: what a client counts `expires_at` against.
    #[serde(with = "timestamp")]
    pub server_now: DateTime<Utc>,
    /// The trace in which the call was made. It tells the call's whole story.
    pub trace_id: String,
}

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    )*};
}

words! {
    CallPhase { Ringing = "ringing", Active = "active", Ended = "ended" }
    EndReason {
        Completed = "completed", Cancelled = "cancelled", Rejected = "rejected", Busy = "busy", NoAnswer = "no_answer",
        Unreachable = "unreachable", ConnectionTimeout = "connection_timeout", ConnectionLost = "connection_lost",
        MediaFailed = "media_failed", Removed = "removed", RoomEnded = "room_ended",
        ServerShutdown = "server_shutdown", Error = "error",
    }
    PartyState {
        Invited = "invited", Ringing = "ringing", Accepted = "accepted", Declined = "declined", Busy = "busy",
        Left = "left", Missed = "missed",
    }
    CallKind { Audio = "audio", Video = "video" }
    CallMedia { Livekit = "livekit", P2p = "p2p" }
    MediaState { Connecting = "connecting", Connected = "connected", Reconnecting = "reconnecting" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_wire() {
        fn check<T: Serialize + Copy>(all: &[T], word: fn(T) -> &'static str) {
            for value in all {
                assert_eq!(serde_json::to_value(value).expect("a word is a string"), word(*value));
            }
        }
        check(CallPhase::ALL, CallPhase::as_str);
        check(EndReason::ALL, EndReason::as_str);
        check(PartyState::ALL, PartyState::as_str);
        check(CallKind::ALL, CallKind::as_str);
        check(CallMedia::ALL, CallMedia::as_str);
        check(MediaState::ALL, MediaState::as_str);
    }
}
