//! What a change of occupancy means: who came, who went, and why.

use std::collections::BTreeSet;

use clock::{DateTime, Utc};
use signal_protocol::{MediaSource, Role};

/// One thing that happened in a room, told once: with the commit that makes it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition {
    /// LiveKit's name for the very room.
    pub(crate) room_sid: String,
    /// When: by LiveKit's clock if it said so, else when it was found.
    pub(crate) at: DateTime<Utc>,
    /// What.
    pub(crate) change: Change,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The room is there.
    Opened,
    /// Somebody is in it.
    Came {
        /// LiveKit's identity.
        identity: String,
        /// LiveKit's name for this very connection.
        sid: String,
    },
    /// Somebody sends something.
    Published {
        /// LiveKit's identity.
        identity: String,
        /// LiveKit's name for this very connection.
        sid: String,
        /// What they send; none if it is nothing that this release knows.
        source: Option<MediaSource>,
        /// When they came in.
        joined_at: DateTime<Utc>,
        /// Whether it is the first that they send in this connection.
        first: bool,
    },
    /// Somebody is in it no more.
    Left {
        /// LiveKit's identity.
        identity: String,
        /// LiveKit's name for this very connection.
        sid: String,
        /// When they came in.
        joined_at: DateTime<Utc>,
        /// As what they were let in, where LiveKit said so.
        role: Option<Role>,
        /// What they sent at any time, as far as it was noticed.
        sent: BTreeSet<MediaSource>,
        /// Why.
        why: Departure,
    },
    /// The room is gone. Everybody's [`Change::Left`] stands before it.
    Closed {
        /// When it was made, if LiveKit said so.
        started_at: Option<DateTime<Utc>>,
    },
}

/// Why somebody is in a room no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Departure {
    /// They hung up.
    Left,
    /// They were sent out.
    Removed,
    /// The same device has a newer connection.
    Replaced,
    /// LiveKit moves them to another of its servers; they are there still.
    Migrated,
    /// The room was deleted with them in it.
    RoomDeleted,
    /// The room was closed, because everybody had gone or nobody said why.
    RoomClosed,
    /// The connection was lost, or never came about.
    Lost,
    /// Their media failed.
    MediaFailed,
    /// The LiveKit server was shut down.
    ServerShutdown,
    /// LiveKit did not say, or nothing that this release knows.
    Unknown,
    /// They are not in LiveKit's list, and nobody said why.
    Missing,
}

impl Departure {
    /// The same, or `otherwise` where LiveKit did not say.
    pub(crate) fn or_if_unknown(self, otherwise: Self) -> Self {
        if self == Self::Unknown { otherwise } else { self }
    }
}
