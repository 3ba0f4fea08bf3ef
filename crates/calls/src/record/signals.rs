//! What one party of a peer-to-peer call has sent to the other.

use serde::{Deserialize, Serialize};
use signal_protocol::{DeviceId, SignalKind};
use uuid::Uuid;

use super::{Extra, Schema};

/// The record `signals:<call>:<user>`. Beside the call and not in it: both sides tell each other their candidates at the
/// same time, and neither is to wait for the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalsRecord {
    /// What the fields mean.
    pub schema: Schema,
    /// How many signals they have sent in this call.
    pub sent: u32,
    /// How many bytes of JSON all of these have carried.
    #[serde(default)]
    pub bytes: u64,
    /// Those that were of the current generation or a later one when the last of them was sent, in their order.
    #[serde(default)]
    pub current: Vec<SentSignals>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Signals that were relayed one after the other, without what they carry: that are the records `signal:<id>`, and go
/// earlier. Such as have all in common but their ids are one entry, so that the list does not grow with every candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentSignals {
    /// The id of the first. As a number of 128 bits, each id is one more than the one before.
    pub id: Uuid,
    /// What they are.
    pub kind: SignalKind,
    /// To which generation of the connection they belong.
    pub generation: u32,
    /// To which device; to every one that rang if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DeviceId>,
    /// How many they are.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u32,
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_one(count: &u32) -> bool {
    *count == 1
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentSignal {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: SignalKind,
    /// To which generation of the connection it belongs.
    pub generation: u32,
}

impl SentSignals {
    /// Each of them, in the order in which they were sent.
    pub fn each(&self) -> impl Iterator<Item = SentSignal> + use<> {
        let Self { id: first, kind, generation, to: _, count } = *self;
        (0..count).map(move |number| SentSignal { id: id_after(first, number), kind, generation })
    }
}

fn id_after(first: Uuid, number: u32) -> Uuid {
    Uuid::from_u128(first.as_u128().wrapping_add(number.into()))
}

impl SignalsRecord {
    /// Lists one more signal, and gives the id that it has from now on: the next one where it continues those before it, or
    /// else `id`.
    pub(crate) fn list(&mut self, id: Uuid, kind: SignalKind, generation: u32, to: Option<DeviceId>) -> Uuid {
        let is_alike =
            |last: &&mut SentSignals| last.kind == kind && last.generation == generation && last.to == to;
        if let Some(last) = self.current.last_mut().filter(is_alike) {
            last.count += 1;
            return id_after(last.id, last.count - 1);
        }
        self.current.push(SentSignals { id, kind, generation, to, count: 1 });
        id
    }

    /// Whether there is nothing to keep: the record is to be deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent == 0
    }
}
