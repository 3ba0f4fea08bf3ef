//! What a person is told of, in the order in which it happened.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Call, RemovalReason, RoomId, Signal, UserId, timestamp};

/// Why a ring stops on this device though the call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Another device of the same person answered.
    AnsweredElsewhere,
    /// Another device of the same person declined.
    DeclinedElsewhere,
    /// The person is calling somebody with another device.
    DialledElsewhere,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum EventBody {
    /// To every device of a callee: somebody calls.
    #[serde(rename = "call.ringing")]
    Ringing {
        /// The call.
        call: Call,
    },
    /// To every other party: somebody is in the call now.
    #[serde(rename = "call.accepted")]
    Accepted {
        /// The call.
        call: Call,
        /// Who.
        user_id: UserId,
    },
    /// To every other party, when the call goes on without them.
    #[serde(rename = "call.declined")]
    Declined {
        /// The call.
        call: Call,
        /// Who.
        user_ids: Vec<UserId>,
        /// What they said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// To every other party, when the call goes on without them.
    #[serde(rename = "call.busy")]
    Busy {
        /// The call.
        call: Call,
        /// Who.
        user_ids: Vec<UserId>,
    },
    /// To every other party, for any other change; to the caller's other devices at an invite.
    #[serde(rename = "call.updated")]
    Updated {
        /// The call.
        call: Call,
    },
    /// To the acting person's other devices: stop the tone.
    #[serde(rename = "call.stopped")]
    Stopped {
        /// The call.
        call: Call,
        /// Why.
        reason: StopReason,
    },
    /// To every party, the acting one included.
    #[serde(rename = "call.ended")]
    Ended {
        /// The call, with its reason.
        call: Call,
    },
    /// To one device: what the other device of a peer-to-peer call has to tell it.
    #[serde(rename = "signal")]
    Signal(Signal),
    /// To every device of somebody who was sent out of a room.
    #[serde(rename = "room.removed")]
    RoomRemoved {
        /// Which room.
        room_id: RoomId,
        /// Why.
        reason: RemovalReason,
    },
}

/// One entry of a person's log, as one of their devices sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Unique. Delivery is at least once; this tells doubles.
    pub id: String,
    /// Where to go on reading after this event.
    pub cursor: String,
    /// When it happened, by the server's clock.
    #[serde(with = "timestamp")]
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// The answer to a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventsAnswer {
    /// What happened since the cursor, oldest first.
    pub events: Vec<Event>,
    /// Where to go on.
    pub cursor: String,
    /// The server's time.
    #[serde(with = "timestamp")]
    pub server_now: DateTime<Utc>,
    /// With `after` alone: whether everything since then is in `events`. If not, `calls` is the state to go on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// The caller's live calls: without `after`, or when not everything could be recovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<Call>>,
    /// With `calls`: the signals of their current generation for this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Vec<Signal>>,
}

impl EventBody {
    /// Every `type` that this release knows.
    pub const NAMES: &'static [&'static str] = &[
        "call.ringing",
        "call.accepted",
        "call.declined",
        "call.busy",
        "call.updated",
        "call.stopped",
        "call.ended",
        "signal",
        "room.removed",
    ];

    /// The call as it was after what happened; none with a signal, which changes nothing of it, nor with what is about
    /// a room.
    #[must_use]
    pub const fn call(&self) -> Option<&Call> {
        match self {
            Self::Ringing { call }
            | Self::Accepted { call, .. }
            | Self::Declined { call, .. }
            | Self::Busy { call, .. }
            | Self::Updated { call }
            | Self::Stopped { call, .. }
            | Self::Ended { call } => Some(call),
            Self::Signal(_) | Self::RoomRemoved { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_events_are_those_of_the_wire() {
        let error = serde_json::from_str::<EventBody>(r#"{ "type": "another" }"#).expect_err("no such event");
        let names: Vec<String> = EventBody::NAMES.iter().map(|name| format!("`{name}`")).collect();
        let known = format!("unknown variant `another`, expected one of {} at ", names.join(", "));
        assert!(error.to_string().starts_with(&known), "{error}");
    }
}
