//! Which record has which key.

use signal_protocol::{RoomId, UserId};
use store::Key;

/// Why somebody may not be in a room, a [`Denial`](crate::moderation::Denial).
pub(crate) fn denial_key(room: &RoomId, user: &UserId) -> Key {
    Key::new("denial", format_args!("{room}/{user}"))
}

/// Who is banned from a room.
pub(crate) fn bans_key(room: &RoomId) -> Key {
    Key::new("bans", room)
}

/// Who is in a room now.
pub(crate) fn occupancy_key(room: &RoomId) -> Key {
    Key::new("occupancy", room)
}

/// In which rooms somebody is now.
pub(crate) fn whereabouts_key(user: &UserId) -> Key {
    Key::new("whereabouts", user)
}

/// When somebody's login was last ended.
pub(crate) fn signed_out_key(user: &UserId) -> Key {
    Key::new("signed-out", user)
}
