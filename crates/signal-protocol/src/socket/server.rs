//! What the server says.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{Call, Event, Signal, timestamp};

/// A message of the server.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`.
    Welcome(Welcome),
    /// The answer to `authenticate`.
    Authenticated {
        /// When the socket closes, unless a newer token comes.
        #[serde(with = "timestamp")]
        token_expires_at: DateTime<Utc>,
    },
    /// Something happened.
    Event {
        /// What.
        event: Event,
    },
    /// The answer to a command.
    Answer(AnswerMessage),
    /// The server is being replaced: connect anew, after so long.
    Drain {
        /// In milliseconds from now.
        after_ms: u32,
    },
    /// The answer to `ping`.
    Pong,
}

/// The state of things, and from where events go on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Welcome {
    /// The name of this connection in logs.
    pub session: String,
    /// Where to go on, if nothing else comes.
    pub cursor: String,
    /// When resuming, and only then: whether everything since the cursor follows as events. If not, `calls` and `signals`
    /// are the state to go on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// The caller's live calls: without a cursor, or when not everything could be recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<Call>>,
    /// With `calls`: the signals of their current generation for this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals: Option<Vec<Signal>>,
    /// The server's time.
    #[serde(with = "timestamp")]
    pub server_now: DateTime<Utc>,
    /// How often the server pings, in milliseconds. Twice without an answer ends the socket.
    pub ping_ms: u32,
    /// When the socket closes, unless a newer token comes.
    #[serde(with = "timestamp")]
    pub token_expires_at: DateTime<Utc>,
}

/// What the HTTP call of the same name would have been answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnswerMessage {
    /// Of the command.
    pub request_id: String,
    /// The HTTP status.
    pub status: u16,
    /// The body, if there is one and the command was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Box<RawValue>>,
    /// The problem document, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::ProblemDocument>)]
    pub problem: Option<Box<RawValue>>,
}
