//! What a webhook says, as far as it is of use here.
//!
//! LiveKit writes protojson, whose next release may add anything anywhere, and which allows more than one way to write most of it:
//! numbers as texts, enums as names or numbers, fields in either spelling. Whatever is not known is left out, never a fault.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::{DateTime, Utc};
use room_tokens::parse_sfu_room;
use serde_json::Value;
use signal_protocol::{MediaSource, Role, RoomId, Tenant};

use crate::occupancy::{Departure, Happened, RoomEvent, RoomIs, Somebody, Track};

/// The longest id of LiveKit's that is looked at, in bytes: their own are below 64, and an identity of ours below 400.
const MAX_ID: usize = 512;

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Webhook {
    /// Of which event it tells, for metrics.
    pub(super) event: &'static str,
    /// What it says, if that is anything to us.
    pub(super) said: Said,
}

/// What a webhook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// What happened in a room.
    Event(Box<Event>),
    /// Nothing that is of use, or known, here.
    Nothing(Useless),
}

/// Why a webhook is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Useless {
    /// It is about something else than people and rooms, or newer than this release.
    Event,
    /// The room is none that this service names.
    Room,
    /// It does not say who, or which.
    Shape,
}

/// What happened in a room of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// By what a second delivery is known.
    pub(super) id: String,
    /// Whose room it is.
    pub(super) tenant: Tenant,
    /// Which.
    pub(super) room: RoomId,
    /// What.
    pub(super) what: RoomEvent,
}

/// The body is not JSON.
#[derive(Debug, thiserror::Error)]
#[error("the body of the webhook is signed, and not a JSON object")]
pub(super) struct NotJson;

impl Useless {
    /// The word for metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "unknown_event",
            Self::Room => "unknown_room",
            Self::Shape => "unknown_shape",
        }
    }
}

/// Reads a body whose signature is good.
pub(super) fn decode(body: &[u8]) -> Result<Webhook, NotJson> {
    let value: Value = serde_json::from_slice(body).map_err(|_| NotJson)?;
    if !value.is_object() {
        return Err(NotJson);
    }
    let Some((event, kind)) = text(&value, &["event"]).and_then(kind) else {
        return Ok(Webhook { event: "other", said: Said::Nothing(Useless::Event) });
    };
    let said = match happened(body, &value, kind) {
        Ok(event) => Said::Event(Box::new(event)),
        Err(useless) => Said::Nothing(useless),
    };
    Ok(Webhook { event, said })
}

/// The events that are of use here.
#[derive(Clone, Copy)]
enum Kind {
    RoomStarted,
    RoomFinished,
    Joined,
    Left,
    Aborted,
    Published,
    Unpublished,
}

fn kind(name: &str) -> Option<(&'static str, Kind)> {
    Some(match name {
        "room_started" => ("room_started", Kind::RoomStarted),
        "room_finished" => ("room_finished", Kind::RoomFinished),
        "participant_joined" => ("participant_joined", Kind::Joined),
        "participant_left" => ("participant_left", Kind::Left),
        "participant_connection_aborted" => ("participant_connection_aborted", Kind::Aborted),
        "track_published" => ("track_published", Kind::Published),
        "track_unpublished" => ("track_unpublished", Kind::Unpublished),
        _ => return None,
    })
}

fn happened(body: &[u8], value: &Value, kind: Kind) -> Result<Event, Useless> {
    let room = value.get("room").ok_or(Useless::Shape)?;
    let sid = id(room, &["sid"]).ok_or(Useless::Shape)?;
    let name = text(room, &["name"]).ok_or(Useless::Shape)?;
    let (tenant, room_id) = parse_sfu_room(name).ok_or(Useless::Room)?;
    let created_at = instant(room, &["creationTimeMs", "creation_time_ms"], 1)
        .or_else(|| instant(room, &["creationTime", "creation_time"], 1_000));
    let at = instant(value, &["createdAt", "created_at"], 1_000).ok_or(Useless::Shape)?;
    let what = match kind {
        Kind::RoomStarted => Happened::Started,
        Kind::RoomFinished => Happened::Finished,
        Kind::Joined => Happened::Joined(somebody(value)?),
        Kind::Left => Happened::Left(somebody(value)?, departure(value)),
        Kind::Aborted => Happened::Left(somebody(value)?, departure(value).or_if_unknown(Departure::Lost)),
        Kind::Published => Happened::Published(somebody(value)?, track(value)?),
        Kind::Unpublished => Happened::Unpublished(somebody(value)?, track(value)?),
    };
    // Without an id of its own an event is known by all that it says.
    let own = id(value, &["id"]).unwrap_or_else(|| URL_SAFE_NO_PAD.encode(digest(&SHA256, body)));
    let what = RoomEvent { room: RoomIs { sid, created_at }, at, what };
    Ok(Event { id: own, tenant, room: room_id, what })
}

fn somebody(value: &Value) -> Result<Somebody, Useless> {
    let participant = value.get("participant").ok_or(Useless::Shape)?;
    let attributes = participant.get("attributes");
    let role = attributes.and_then(|attributes| text(attributes, &["role"])?.parse::<Role>().ok());
    Ok(Somebody {
        identity: id(participant, &["identity"]).ok_or(Useless::Shape)?,
        sid: id(participant, &["sid"]).ok_or(Useless::Shape)?,
        joined_at: instant(participant, &["joinedAtMs", "joined_at_ms"], 1)
            .or_else(|| instant(participant, &["joinedAt", "joined_at"], 1_000)),
        role,
        dependent: matches!(named(participant, &["kind"], &KINDS), Some("EGRESS" | "AGENT")),
    })
}

fn track(value: &Value) -> Result<Track, Useless> {
    let track = value.get("track").ok_or(Useless::Shape)?;
    let source = match named(track, &["source"], &SOURCES) {
        Some("CAMERA") => Some(MediaSource::Camera),
        Some("MICROPHONE") => Some(MediaSource::Microphone),
        Some("SCREEN_SHARE") => Some(MediaSource::ScreenShare),
        Some("SCREEN_SHARE_AUDIO") => Some(MediaSource::ScreenShareAudio),
        Some(_) | None => None,
    };
    Ok(Track { sid: id(track, &["sid"]).ok_or(Useless::Shape)?, source })
}

fn departure(value: &Value) -> Departure {
    let participant = &value["participant"];
    match named(participant, &["disconnectReason", "disconnect_reason"], &REASONS) {
        Some("CLIENT_INITIATED") => Departure::Left,
        Some("DUPLICATE_IDENTITY") => Departure::Replaced,
        Some("MIGRATION") => Departure::Migrated,
        Some("PARTICIPANT_REMOVED") => Departure::Removed,
        Some("ROOM_DELETED") => Departure::RoomDeleted,
        Some("ROOM_CLOSED") => Departure::RoomClosed,
        Some("SERVER_SHUTDOWN") => Departure::ServerShutdown,
        Some("MEDIA_FAILURE") => Departure::MediaFailed,
        Some("STATE_MISMATCH" | "JOIN_FAILURE" | "SIGNAL_CLOSE" | "CONNECTION_TIMEOUT") => Departure::Lost,
        Some(_) | None => Departure::Unknown,
    }
}

/// `ParticipantInfo.Kind`, `TrackSource` and `DisconnectReason` of LiveKit's protocol, in the order of their numbers.
const KINDS: [&str; 5] = ["STANDARD", "INGRESS", "EGRESS", "SIP", "AGENT"];
const SOURCES: [&str; 5] = ["UNKNOWN", "CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO"];
const REASONS: [&str; 16] = [
    "UNKNOWN_REASON",
    "CLIENT_INITIATED",
    "DUPLICATE_IDENTITY",
    "SERVER_SHUTDOWN",
    "PARTICIPANT_REMOVED",
    "ROOM_DELETED",
    "STATE_MISMATCH",
    "JOIN_FAILURE",
    "MIGRATION",
    "SIGNAL_CLOSE",
    "ROOM_CLOSED",
    "USER_UNAVAILABLE",
    "USER_REJECTED",
    "SIP_TRUNK_FAILURE",
    "CONNECTION_TIMEOUT",
    "MEDIA_FAILURE",
];

/// The first field of these names.
fn field<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| value.get(name))
}

fn text<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    field(value, names)?.as_str()
}

/// A text that can be an id.
fn id(value: &Value, names: &[&str]) -> Option<String> {
    let text = text(value, names)?;
    (1..=MAX_ID).contains(&text.len()).then(|| text.to_owned())
}

fn number(value: &Value, names: &[&str]) -> Option<i64> {
    match field(value, names)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The instant that a number of so many milliseconds means. protojson leaves out what is 0, so 0 is none.
fn instant(value: &Value, names: &[&str], milliseconds: i64) -> Option<DateTime<Utc>> {
    let number = number(value, names).filter(|number| *number > 0)?;
    DateTime::from_timestamp_millis(number.checked_mul(milliseconds)?)
}

/// A value of an enum, by its name or by its number; protojson leaves out the first.
fn named<'a>(value: &'a Value, names: &[&str], values: &[&'a str]) -> Option<&'a str> {
    match field(value, names) {
        Some(Value::String(name)) => Some(name),
        Some(Value::Number(number)) => values.get(usize::try_from(number.as_u64()?).ok()?).copied(),
        Some(_) => None,
        None => values.first().copied(),
    }
}

#[cfg(test)]
mod tests;
