//! What one entry of the log holds.

use std::time::Duration;

use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{DeviceId, EventBody, UserId, timestamp};
use store::{Attached, Attachment, Key, LogBounds, LogEntry, Word, Write};
use uuid::Uuid;

use crate::session;
use crate::signal;

/// How many entries a person's log holds at most.
const MAX_ENTRIES: usize = 1_000;
/// For how long an entry can be read at least, unless there are more than `MAX_ENTRIES` after it.
const MAX_AGE: Duration = Duration::from_mins(5);
/// Room for what is around an event, so that an entry is not grown step by step.
const ENVELOPE_BYTES: usize = 256;
/// Room for an event about a call of two, for the same reason.
const EVENT_BYTES: usize = 1_024;

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
pub struct Happening(Vec<u8>);

impl Happening {
    /// Writes it down.
    ///
    /// # Panics
    /// Never: an event is always JSON.
    #[must_use]
    pub fn of(body: &EventBody) -> Self {
        let mut text = Vec::with_capacity(EVENT_BYTES);
        serde_json::to_writer(&mut text, body)
            .expect("an event has neither maps nor anything else that JSON cannot hold");
        Self(text)
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
    let Happening(event) = happening;
    write(to, entry_of(id, at, devices, event), None)
}

/// An entry with this event, which is JSON.
pub(crate) fn entry_of(id: Uuid, at: DateTime<Utc>, devices: &Addressed, event: &[u8]) -> Vec<u8> {
    let mut entry = Vec::with_capacity(event.len() + ENVELOPE_BYTES);
    serde_json::to_writer(&mut entry, &Envelope { id, at, to: devices })
        .expect("an envelope has neither maps nor anything else that JSON cannot hold");
    // The event is JSON already, so it becomes the last field of the object as it stands.
    entry.pop();
    entry.extend_from_slice(b",\"event\":");
    entry.extend_from_slice(event);
    entry.push(b'}');
    entry
}

/// Puts an entry into the log of `to`, and wakes its readers.
pub(crate) fn write(to: &UserId, entry: Vec<u8>, attachment: Option<Attachment>) -> Write {
    write_ringing(to, entry, attachment, Word::urgent(to.as_str()))
}

/// The same with a word of its own for the bell.
pub(crate) fn write_ringing(
    to: &UserId,
    entry: Vec<u8>,
    attachment: Option<Attachment>,
    word: Word,
) -> Write {
    Write::Append {
        log: log_of(to),
        entry,
        bounds: LogBounds { max_entries: MAX_ENTRIES, max_age: MAX_AGE },
        bell: Some(word),
        attachment,
    }
}

/// An entry without its event.
#[derive(Serialize)]
struct Envelope<'entry> {
    id: Uuid,
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    to: &'entry Addressed,
}

/// An entry as it was read.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry {
    /// An event of this release, or of an earlier one.
    Known(Box<Known>),
    /// No event: a socket of the device was opened, in this session.
    Opened(Uuid),
    /// A signal that is too old to be of use.
    Stale,
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
    pub(crate) to: Addressed,
    pub(crate) event: EventBody,
}

/// As much of an entry as every release writes.
#[derive(Deserialize)]
struct Skeleton {
    to: Addressed,
    event: Tag,
}

#[derive(Deserialize)]
struct Tag {
    r#type: String,
}

impl Entry {
    /// Reads an entry for `device`.
    pub(crate) fn read(entry: &LogEntry, device: &DeviceId) -> Self {
        let LogEntry { data, attachment, .. } = entry;
        let known = match attachment {
            Attached::None => serde_json::from_slice::<Box<Known>>(data).ok(),
            Attached::Data(payload) => signal::joined(data, payload).map(Box::new),
            Attached::Gone => return Self::Stale,
            Attached::Elsewhere => return Self::Elsewhere,
        };
        if let Some(known) = known {
            return if known.to.includes(device) { Self::Known(known) } else { Self::Elsewhere };
        }
        match serde_json::from_slice::<Skeleton>(data) {
            Ok(envelope) if !envelope.to.includes(device) => Self::Elsewhere,
            Ok(envelope) if envelope.event.r#type == session::OPENED => {
                session::opened(data).map_or(Self::Unreadable, Self::Opened)
            }
            Ok(envelope) if !EventBody::NAMES.contains(&envelope.event.r#type.as_str()) => Self::Unknown,
            Ok(_) | Err(_) => Self::Unreadable,
        }
    }
}
