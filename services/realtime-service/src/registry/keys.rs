//! Which record of the registry has which key.

use signal_protocol::{RoomId, UserId};
use store::Key;

/// A room, a [`RoomRecord`](super::RoomRecord).
pub(super) fn room_key(room: &RoomId) -> Key {
    Key::new("room", room)
}

/// What somebody is in a room, a [`MemberRecord`](super::MemberRecord).
pub(super) fn member_key(room: &RoomId, user: &UserId) -> Key {
    Key::new("member", format_args!("{room}/{user}"))
}

/// Who is a member of a room, [`MemberIndex`](super::MemberIndex).
pub(super) fn members_key(room: &RoomId) -> Key {
    Key::new("members", room)
}

/// Of which rooms somebody is a member, [`RoomIndex`](super::RoomIndex).
pub(super) fn rooms_of_key(user: &UserId) -> Key {
    Key::new("rooms-of", user)
}
