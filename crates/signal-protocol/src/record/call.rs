//! The record of a call.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    CallId, CallKind, CallMedia, DeviceId, EndReason, PartyRole, PartyState, RoomId, Tenant, UserId,
    timestamp,
};

/// A call that is over. There is exactly one of each call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallDetail {
    /// The number of the record's meaning: 1.
    pub schema: u32,
    /// The record's id: that of the call.
    pub id: Uuid,
    /// The tenant; ids of users and rooms are unique within one.
    pub tenant: Tenant,
    /// Which call.
    pub call_id: CallId,
    /// What was transmitted at most.
    pub kind: CallKind,
    /// By which way.
    pub media: CallMedia,
    /// The application's room that it was about, if it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Who made it.
    pub caller: UserId,
    /// Everybody who was called, the caller first.
    pub parties: Vec<PartyDetail>,
    /// When it was made.
    #[serde(with = "timestamp")]
    pub created_at: DateTime<Utc>,
    /// When the first of those who were called accepted, if one did.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(with = "timestamp")]
    pub ended_at: DateTime<Utc>,
    /// From `created_at` to the answer, or to the end without one, in milliseconds.
    pub ring_ms: u64,
    /// From the answer to the end, in milliseconds; 0 without an answer.
    pub active_ms: u64,
    /// Why it ended.
    pub reason: EndReason,
    /// The trace in which it was made: it tells the call's whole story.
    pub trace_id: String,
}

/// One person in the record of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyDetail {
    /// Who.
    pub user_id: UserId,
    /// Caller or callee.
    pub role: PartyRole,
    /// Where they stood at the end: who was in the call to its end is `accepted`.
    pub state: PartyState,
    /// The device that they were in it with last, if they ever were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// When they were called last; of the caller, when the call was made.
    #[serde(with = "timestamp")]
    pub invited_at: DateTime<Utc>,
    /// When they came into the call for the first time, if they ever did.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was over for them: they left, declined, missed it or were busy, or the call ended.
    #[serde(with = "timestamp")]
    pub over_at: DateTime<Utc>,
}
