//! Who a participant is in LiveKit.

use std::fmt;
use std::str::FromStr;

use signal_protocol::{DeviceId, UserId};

/// `<user>:<device>`. LiveKit drops the older of two equal identities, so a person's second device needs another one,
/// and a second connection of the *same* device replaces the first, as it should.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParticipantIdentity {
    /// The person.
    pub user: UserId,
    /// One of their devices.
    pub device: DeviceId,
}

/// A text that is no identity of ours: somebody else let that participant in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the participant's identity is none that was given here")]
pub struct ForeignIdentity;

impl fmt::Display for ParticipantIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.user, self.device)
    }
}

impl FromStr for ParticipantIdentity {
    type Err = ForeignIdentity;

    /// Splits at the last colon: a user id may hold some, a device id holds none.
    fn from_str(text: &str) -> Result<Self, ForeignIdentity> {
        let (user, device) = text.rsplit_once(':').ok_or(ForeignIdentity)?;
        let user = UserId::parse(user).map_err(|_| ForeignIdentity)?;
        let device = DeviceId::parse(device).map_err(|_| ForeignIdentity)?;
        Ok(Self { user, device })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        for text in ["ann:default", "f:ldap-1:ann@example.org:phone"] {
            assert_eq!(
                text.parse::<ParticipantIdentity>().map(|identity| identity.to_string()),
                Ok(text.to_owned())
            );
        }
        let federated: ParticipantIdentity = "f:ldap:ann:phone".parse().expect("ours");
        assert_eq!((federated.user.as_str(), federated.device.as_str()), ("f:ldap:ann", "phone"));
        for text in ["", "ann", "ann:", ":phone", "EG_abc123", "ann:my phone", "a nn:phone"] {
            assert_eq!(text.parse::<ParticipantIdentity>(), Err(ForeignIdentity), "{text}");
        }
    }
}
