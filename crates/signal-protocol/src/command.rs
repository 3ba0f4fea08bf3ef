//! What a party may ask of a call, and what it is answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Call, CallKind, CallMedia, EarlyOffer, RoomId, Signal, UserId, timestamp};

/// Who is to be called, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Whom to call: 1 to 49 people, one only with `p2p`; nobody twice, and not oneself.
    #[schema(min_items = 1, max_items = 49)]
    pub callees: Vec<UserId>,
    /// The room whose members they all must be. Without it the directory policy decides who may call whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// What is transmitted at most.
    pub kind: CallKind,
    /// By which way.
    pub media: CallMedia,
    /// How long it may ring, in seconds: 15 to 120, 30 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_seconds: Option<u32>,
    /// With `p2p`: the caller's offer, which reaches every ringing device with the ring. The same as a signal of the kind
    /// `offer` and the generation 0 right after the invite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<EarlyOffer>,
    /// The public key of the calling device, for an end-to-end encrypted call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What became of an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InviteAnswer {
    /// The call. It may be over already, when the only callee is busy.
    pub call: Call,
    /// Whether any device of any callee is connected at this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reachable: Option<bool>,
    /// `true` when the callee was calling at the same moment: this is their call, and it is accepted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub glare: bool,
    /// With `glare`: what the callee has sent for this call so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Vec<Signal>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The body of `accept` and `ringing`; may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeyRequest {
    /// The public key of this device, for an end-to-end encrypted call: at most 128 characters of base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The body of `decline`; may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeclineRequest {
    /// At most 200 characters for the caller to read. The word `busy` is recorded as busy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of commands that need none: an empty object, or nothing at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyRequest {}

/// What a device may report of its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportedMedia {
    /// On the way.
    Connecting,
    /// They flow.
    Connected,
    /// They did, and it is tried again.
    Reconnecting,
    /// They will not flow any more.
    Failed,
}

/// Whose fault it is that media failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaCause {
    /// The way between the devices.
    Network,
    /// A microphone or a camera.
    Device,
}

/// The media state of the caller's device in a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaReport {
    /// How they stand.
    pub state: ReportedMedia,
    /// With `failed`, and only then: why. `network` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<MediaCause>,
}

/// Whom to ring into a call that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPartyRequest {
    /// Who.
    pub user_id: UserId,
}

/// The answer to a command that changes a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallAnswer {
    /// The call after it.
    pub call: Call,
}

/// A call that is over, as one of its parties remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryItem {
    /// The call as it ended.
    #[serde(flatten)]
    pub call: Call,
    /// From the invite to the first accept, or to the end, in milliseconds.
    pub ring_ms: u64,
    /// From the first accept to the end, in milliseconds.
    pub active_ms: u64,
    /// Whether this party was called and neither answered nor declined.
    pub missed: bool,
}

/// Somebody whom the caller does not want to hear from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Block {
    /// Who.
    pub user_id: UserId,
    /// Since when.
    #[serde(with = "timestamp")]
    pub since: DateTime<Utc>,
}

/// Whether the caller may be rung.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// While `true`, whoever calls hears `busy`.
    pub do_not_disturb: bool,
    /// When that ends by itself.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub until: Option<DateTime<Utc>>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to give as `cursor` to read on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
