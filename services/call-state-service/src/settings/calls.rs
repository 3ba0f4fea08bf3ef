//! `CALL_STATE__CALLS__…`

use ::calls::Rules;
use ::settings::Faults;
use clock::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long things take in a call, and who may call whom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallsSettings {
    /// How long a call rings, in seconds, where the caller does not say.
    #[schemars(range(min = 1, max = 600))]
    pub ring_seconds: u32,
    /// The least that a caller may ask for, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub ring_seconds_min: u32,
    /// The most that a caller may ask for, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub ring_seconds_max: u32,
    /// How long the device of somebody in a call may show no sign of life, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub lease_seconds: u32,
    /// How long after the accept two people must be in the LiveKit room, or the answer to the offer of a peer-to-peer call
    /// must be relayed, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub connect_seconds: u32,
    /// How long after the accept the media of a peer-to-peer call must flow, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub media_seconds: u32,
    /// How long the LiveKit room of a call may be empty after two people have met in it, in seconds: then the call is over.
    #[schemars(range(min = 1, max = 600))]
    pub empty_seconds: u32,
    /// How long a ring may be unseen by the devices that are there before the application's push service is told, in
    /// milliseconds.
    #[schemars(range(min = 1, max = 60_000))]
    pub unseen_ms: u32,
    /// After how long LiveKit is asked once more who is in a room when it has not answered, in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub recheck_seconds: u32,
    /// Who may call whom without a room.
    pub directory: Directory,
    /// What becomes of a call to somebody who has no device connected.
    pub offline: Offline,
}

/// Who may call whom without a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Directory {
    /// Anyone of a realm may call anyone of it.
    Realm,
    /// Nobody: every call belongs to a room.
    None,
}

/// What becomes of a call to somebody who has no device connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Offline {
    /// It rings until its deadline: a push message may still bring a device.
    Ring,
    /// It ends at once, `unreachable`.
    End,
}

impl Default for CallsSettings {
    fn default() -> Self {
        Self {
            ring_seconds: 30,
            ring_seconds_min: 15,
            ring_seconds_max: 120,
            lease_seconds: 20,
            connect_seconds: 20,
            media_seconds: 60,
            empty_seconds: 20,
            unseen_ms: 2_000,
            recheck_seconds: 5,
            directory: Directory::Realm,
            offline: Offline::Ring,
        }
    }
}

impl CallsSettings {
    /// The same for the rules.
    pub(crate) fn rules(&self) -> Rules {
        let seconds = |seconds: u32| Duration::seconds(seconds.into());
        Rules {
            ring_seconds: self.ring_seconds,
            ring_seconds_min: self.ring_seconds_min,
            ring_seconds_max: self.ring_seconds_max,
            lease: seconds(self.lease_seconds),
            connect: seconds(self.connect_seconds),
            media: seconds(self.media_seconds),
            empty: seconds(self.empty_seconds),
            unseen: Duration::milliseconds(self.unseen_ms.into()),
            recheck: seconds(self.recheck_seconds),
            directory: match self.directory {
                Directory::Realm => ::calls::Directory::Realm,
                Directory::None => ::calls::Directory::None,
            },
            offline: match self.offline {
                Offline::Ring => ::calls::Offline::Ring,
                Offline::End => ::calls::Offline::End,
            },
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        let Self { ring_seconds, ring_seconds_min: min, ring_seconds_max: max, .. } = *self;
        if !(min..=max).contains(&ring_seconds) {
            faults.add(
                "ring_seconds",
                format!(
                    "is {ring_seconds}; it must be from CALLS__RING_SECONDS_MIN to …_MAX, {min} to {max}"
                ),
            );
        }
    }
}
