//! Joining a room, in the shape of LiveKit's standard token endpoint, so that the `TokenSource` of every LiveKit SDK
//! speaks it unchanged.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ErrorCode, Role, RoomId, timestamp};

/// What a LiveKit SDK may send along. All of it is optional; what would contradict the server's own decision is
/// refused, never dropped. Unknown fields are ignored here, and only here: SDKs add to this body.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(default)]
pub struct JoinRequest {
    /// May only repeat the room id of the path.
    pub room_name: Option<String>,
    /// May only repeat the identity that the server gives.
    pub participant_identity: Option<String>,
    /// A display name of at most 128 characters, where `JOIN__CLIENT_NAMES` allows it.
    pub participant_name: Option<String>,
    /// At most 2 KiB, where `JOIN__CLIENT_METADATA` allows it.
    pub participant_metadata: Option<String>,
    /// At most 16 of at most 256 bytes each, where `JOIN__CLIENT_METADATA` allows it; never `role` or `user_id`.
    pub participant_attributes: Option<BTreeMap<String, String>>,
    /// Must be empty: rooms are configured by the server.
    pub room_config: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Everything that a LiveKit SDK needs to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinAnswer {
    /// Where to connect (`ws://` or `wss://`).
    pub server_url: String,
    /// The LiveKit token. Lets its bearer into this one room, as this one identity, once or more until `expires_at`.
    pub participant_token: String,
    /// The room id, as in the path.
    pub room_name: RoomId,
    /// `<user id>:<device>`: two devices of one person are two participants.
    pub participant_identity: String,
    /// What the token allows.
    pub role: Role,
    /// When the token stops admitting. Who is connected by then stays: LiveKit renews for them.
    #[serde(with = "timestamp")]
    pub expires_at: DateTime<Utc>,
    /// When to ask again, if not connected by then.
    #[serde(with = "timestamp")]
    pub refresh_after: DateTime<Utc>,
}

/// One of the questions that a join asks, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckedStep {
    /// The access token is valid.
    Token,
    /// The room id and the body are well formed and agree with what the server decides.
    Request,
    /// The caller belongs to the room.
    Membership,
    /// Where rooms are moderated: the caller was not sent out of this one.
    Ban,
    /// Where it is kept who is in a room: it is not known to be full.
    Capacity,
    /// Of the room of a call alone: the call is live, and the caller is in it.
    Call,
    /// LiveKit can be reached and takes the room.
    Sfu,
}

/// How one question was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// The question.
    pub check: CheckedStep,
    /// Whether a join would go on after it.
    pub passed: bool,
    /// The code with which a join would be refused here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// What a join would do, without doing it: no token, no room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRunAnswer {
    /// Whether every check passed.
    pub allowed: bool,
    /// The checks in the order in which a join makes them.
    pub checks: Vec<Check>,
}
