//! What LiveKit says has happened in a room, in our words.

use clock::{DateTime, Utc};
use signal_protocol::{MediaSource, Role};

use super::Departure;

/// Something that happened in one of LiveKit's rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomEvent {
    /// In which.
    pub(crate) room: RoomIs,
    /// When, to the second, by LiveKit's clock.
    pub(crate) at: DateTime<Utc>,
    /// What.
    pub(crate) what: Happened,
}

/// One of the rooms that had or will have the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomIs {
    /// LiveKit's name for this very room.
    pub(crate) sid: String,
    /// When it was made, which tells the newer of two rooms; LiveKit does not say it with every event.
    pub(crate) created_at: Option<DateTime<Utc>>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Happened {
    /// The room is there.
    Started,
    /// The room is gone, and everybody with it.
    Finished,
    /// Somebody came in.
    Joined(Somebody),
    /// Somebody went, or never got a connection.
    Left(Somebody, Departure),
    /// Somebody sends something.
    Published(Somebody, Track),
    /// And does so no more.
    Unpublished(Somebody, Track),
}

/// One connection of somebody to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Somebody {
    /// LiveKit's identity, `<user id>:<device>` if we let them in.
    pub(crate) identity: String,
    /// LiveKit's name for this very connection.
    pub(crate) sid: String,
    /// When it began; LiveKit does not say it with every event.
    pub(crate) joined_at: Option<DateTime<Utc>>,
    /// As what they were let in, where LiveKit says so.
    pub(crate) role: Option<Role>,
    /// Whether LiveKit counts them out of a room's capacity: a recorder, an agent.
    pub(crate) dependent: bool,
}

/// Something that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    /// LiveKit's name for it.
    pub(crate) sid: String,
    /// What it is; none if it is nothing that this release knows.
    pub(crate) source: Option<MediaSource>,
}
