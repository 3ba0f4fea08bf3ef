//! Signals in a person's log: there they hold no payload, which is a record of its own and ends sooner.
//!
//! So a session description is never read long after it was of use, though the entries around it still are.

use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{CallId, EventBody, Signal, SignalKind, StoredPayload, UserId, timestamp};
use store::{Attachment, Key, Write};
use uuid::Uuid;

use crate::entry::{Addressed, Known, entry_of, write};

/// A signal without what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalHead {
    /// Of which call.
    pub call_id: CallId,
    /// Who sent it.
    pub from: UserId,
    /// What it is.
    pub kind: SignalKind,
    /// To which generation of the connection it belongs.
    pub generation: u32,
    /// Which signal. It is the id of the event as well.
    pub signal_id: Uuid,
}

/// Hands a signal to `devices` of `to`, as a part of the commit that puts its payload, the JSON of a
/// [`SignalPayload`](signal_protocol::SignalPayload), at `payload`. What is for one device alone is noted, to be let go when
/// that device has acknowledged it.
///
/// `at` is the store's time.
///
/// # Panics
/// Never: a signal's head is always JSON.
#[must_use]
pub fn append_signal(
    to: &UserId,
    devices: &Addressed,
    at: DateTime<Utc>,
    head: &SignalHead,
    payload: Key,
) -> Write {
    let event = serde_json::to_vec(&Tagged { r#type: "signal", head })
        .expect("a head has neither maps nor anything else that JSON cannot hold");
    let reader = match devices {
        Addressed::Only(device) => Some(device.as_str().to_owned()),
        Addressed::All | Addressed::AllBut(_) => None,
    };
    let attachment = Attachment { record: payload, reader };
    write(to, entry_of(head.signal_id, at, devices, &event), Some(attachment))
}

/// Looks like the event that it becomes, so that a release which does not know signals passes over it.
#[derive(Serialize)]
struct Tagged<'head> {
    r#type: &'static str,
    #[serde(flatten)]
    head: &'head SignalHead,
}

#[derive(Deserialize)]
struct Headed {
    id: Uuid,
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    to: Addressed,
    event: SignalHead,
}

/// The event that an entry and its payload are together; none if they make no sense.
pub(crate) fn joined(data: &[u8], payload: &[u8]) -> Option<Known> {
    let Headed { id, at, to, event: head } = serde_json::from_slice(data).ok()?;
    let StoredPayload(payload) = serde_json::from_slice(payload).ok()?;
    let SignalHead { call_id, from, kind, generation, signal_id } = head;
    let event = EventBody::Signal(Signal { call_id, from, kind, generation, payload, signal_id });
    Some(Known { id, at, to, event })
}

#[cfg(test)]
mod tests {
    use signal_protocol::SignalPayload;

    use super::*;

    #[test]
    fn a_payload_of_a_newer_release_is_read_without_what_is_not_known() {
        let id = Uuid::from_u128(1);
        let head = SignalHead {
            call_id: CallId::parse("0198c5a0-7e3b-7cc0-9f6e-4f3c2b1a0d9e").expect("it is well formed"),
            from: UserId::parse("bob").expect("it is well formed"),
            kind: SignalKind::Offer,
            generation: 0,
            signal_id: id,
        };
        let event = serde_json::to_vec(&Tagged { r#type: "signal", head: &head }).expect("it is JSON");
        let entry = entry_of(id, DateTime::UNIX_EPOCH, &Addressed::All, &event);
        let known =
            joined(&entry, br#"{"sdp":"v=0","colour":{"of":"a newer release"}}"#).expect("it is a signal");
        let EventBody::Signal(signal) = known.event else { panic!("{:?}", known.event) };
        assert_eq!(signal.payload, SignalPayload { sdp: Some("v=0".to_owned()), ..SignalPayload::default() });
    }
}
