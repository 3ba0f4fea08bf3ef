//! One device of a person in the record of a call.

use serde::{Deserialize, Serialize};

use super::Extra;

/// How many devices of one person a call remembers. More of them ring just as well, but are not written down.
pub const MAX_DEVICES: usize = 16;

/// What is known of one device of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// How far it came.
    pub state: DeviceState,
    /// Its public key, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How far a device came in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// The ring was handed to its socket or poll, or it read a snapshot with it.
    Notified,
    /// It shows the ring.
    Ringing,
    /// The person is in the call with it.
    Accepted,
    /// It rings no more, or is out of the call.
    Stopped,
}
