//! What one entry of the log holds.

use std::time::Duration;

use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use signal_protocol::{DeviceId, EventBody, UserId, timestamp};
use store::{Key, LogBounds, Write};
use uuid::Uuid;

/// How many entries a person's log holds at most.
const MAX_ENTRIES: usize = 1_000;
/// For how long an entry can be read at least, unless there are more than `MAX_ENTRIES` after it.
const MAX_AGE: Duration = Duration::from_mins(5);
/// Room for what is around an event, so that an entry is not grown step by step.
const ENVELOPE_BYTES: usize = 256;

/// Which of a person's devices an event is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressed {
    /// Every one.
    All,
    /// This one alone.
    Only(DeviceId),
    /// Every other.
    AllBut(DeviceId),
}

impl Addressed {
    /// Whether `device` is among them.
    #[must_use]
    pub fn includes(&self, device: &DeviceId) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => only == device,
            Self::AllBut(but) => but != device,
        }
    }
}

/// The log of `user`.
pub(crate) fn log_of(user: &UserId) -> Key {
    Key::new("mailbox", user)
}

/// What happened, as it stands in the log. Made once where many are told the same: in a large group that is most of the work.
pub struct Happening(Box<RawValue>);

impl Happening {
    /// Writes it down.
    ///
    /// # Panics
    /// Never: an event is always JSON.
    #[must_use]
    pub fn of(body: &EventBody) -> Self {
        let text = serde_json::value::to_raw_value(body);
        Self(text.expect("an event has neither maps nor anything else that JSON cannot hold"))
    }
}

/// Tells `devices` of `to` that something happened, as a part of the commit that makes it happen.
///
/// `id` tells doubles apart and must be new; `at` is the store's time.
#[must_use]
pub fn append(to: &UserId, devices: &Addressed, id: Uuid, at: DateTime<Utc>, body: &EventBody) -> Write {
    append_happening(to, devices, id, at, &Happening::of(body))
}

/// The same for what was written down before.
///
/// # Panics
/// Never: an entry is always JSON.
#[must_use]
pub fn append_happening(
    to: &UserId,
    devices: &Addressed,
    id: Uuid,
    at: DateTime<Utc>,
    happening: &Happening,
) -> Write {
    let event = &happening.0;
    let mut entry = Vec::with_capacity(event.get().len() + ENVELOPE_BYTES);
    serde_json::to_writer(&mut entry, &Written { id, at, to: devices, event })
        .expect("an entry has neither maps nor anything else that JSON cannot hold");
    Write::Append {
        log: log_of(to),
        entry,
        bounds: LogBounds { max_entries: MAX_ENTRIES, max_age: MAX_AGE },
        bell: Some(to.as_str().to_owned()),
    }
}

#[derive(Serialize)]
struct Written<'event> {
    id: Uuid,
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    to: &'event Addressed,
    event: &'event RawValue,
}

/// An entry as it was read.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry {
    /// An event of this release, or of an earlier one.
    Known(Box<Known>),
    /// An event of a later release, which the clients of this one do not know either.
    Unknown,
    /// For another device, and not to be read.
    Elsewhere,
    /// Nothing that can be made sense of.
    Unreadable,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Known {
    pub(crate) id: Uuid,
    #[serde(with = "timestamp")]
    pub(crate) at: DateTime<Utc>,
    to: Addressed,
    pub(crate) event: EventBody,
}

/// As much of an entry as every release writes.
#[derive(Deserialize)]
struct Envelope {
    to: Addressed,
    event: Tag,
}

#[derive(Deserialize)]
struct Tag {
    r#type: String,
}

impl Entry {
    /// Reads `data` for `device`.
    pub(crate) fn read(data: &[u8], device: &DeviceId) -> Self {
        if let Ok(known) = serde_json::from_slice::<Box<Known>>(data) {
            return if known.to.includes(device) { Self::Known(known) } else { Self::Elsewhere };
        }
        match serde_json::from_slice::<Envelope>(data) {
            Ok(envelope) if !envelope.to.includes(device) => Self::Elsewhere,
            Ok(envelope) if !EventBody::NAMES.contains(&envelope.event.r#type.as_str()) => Self::Unknown,
            Ok(_) | Err(_) => Self::Unreadable,
        }
    }
}
