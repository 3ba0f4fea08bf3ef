//! What is known when a command is decided.

use std::collections::BTreeMap;

use signal_protocol::{CallId, UserId};

use crate::record::{CallRecord, Preferences, Presence, SignalsRecord, UserRecord};

/// The records that a command wanted, as they were read. What was wanted and is not here does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Calls.
    pub calls: BTreeMap<CallId, CallRecord>,
    /// People's legs.
    pub users: BTreeMap<UserId, UserRecord>,
    /// Which of their devices are alive.
    pub presence: BTreeMap<UserId, Presence>,
    /// Whom they want to hear.
    pub preferences: BTreeMap<UserId, Preferences>,
    /// What they have sent to each other in peer-to-peer calls.
    pub sent: BTreeMap<(CallId, UserId), SignalsRecord>,
}
