//! What an operator may choose about calls.

use chrono::TimeDelta;

/// Who may call whom without a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// Anybody of the realm anybody else. Somebody who does not exist is merely unreachable.
    Realm,
    /// Nobody: calls are made in rooms.
    None,
}

/// What becomes of the call to somebody of whom no device is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offline {
    /// It rings on, for a device may come in time.
    Ring,
    /// That person is unreachable at once.
    End,
}

/// The times and policies of calls. [`Default`] has the documented ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long a call rings when the invite does not say, in seconds.
    pub ring_seconds: u32,
    /// The shortest ring that an invite may ask for, in seconds.
    pub ring_seconds_min: u32,
    /// The longest ring that an invite may ask for, in seconds.
    pub ring_seconds_max: u32,
    /// A device that has not been alive for this long is out of its call.
    pub lease: TimeDelta,
    /// How long after an accept two parties must be in the room of a LiveKit call, and an answer must be relayed in a
    /// peer-to-peer one.
    pub connect: TimeDelta,
    /// Peer-to-peer calls: how long after the accept both sides must have been connected.
    pub media: TimeDelta,
    /// How long the room of a LiveKit call may be empty after two have met in it.
    pub empty: TimeDelta,
    /// How long after a ring began `ring.unseen` goes out, though a device is present, when none was notified.
    pub unseen: TimeDelta,
    /// After how long LiveKit is asked again when it has not answered.
    pub recheck: TimeDelta,
    /// Who may call whom without a room.
    pub directory: Directory,
    /// What becomes of a call to somebody who is offline.
    pub offline: Offline,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            ring_seconds: 30,
            ring_seconds_min: 15,
            ring_seconds_max: 120,
            lease: TimeDelta::seconds(20),
            connect: TimeDelta::seconds(20),
            media: TimeDelta::seconds(60),
            empty: TimeDelta::seconds(20),
            unseen: TimeDelta::seconds(2),
            recheck: TimeDelta::seconds(5),
            directory: Directory::Realm,
            offline: Offline::Ring,
        }
    }
}
