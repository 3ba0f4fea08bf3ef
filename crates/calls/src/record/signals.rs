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
    pub current: Vec<SentSignal>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A signal that was relayed, without what it carries: that is the record `signal:<id>`, and goes earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentSignal {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: SignalKind,
    /// To which generation of the connection it belongs.
    pub generation: u32,
    /// To which device; to every one that rang if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DeviceId>,
}

impl SignalsRecord {
    /// Whether there is nothing to keep: the record is to be deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent == 0
    }
}
