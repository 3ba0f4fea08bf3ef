//! Who a participant is in LiveKit.

use std::fmt;

use signal_protocol::{DeviceId, UserId};

/// `<user>:<device>`. LiveKit drops the older of two equal identities, so a person's second device needs another one,
/// and a second connection of the *same* device replaces the first, as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantIdentity {
    /// The person.
    pub user: UserId,
    /// One of their devices.
    pub device: DeviceId,
}

impl fmt::Display for ParticipantIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.user, self.device)
    }
}
