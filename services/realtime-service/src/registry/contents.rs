//! Records as writes: what has nothing to say any more is deleted.

use serde::Serialize;
use signal_protocol::{RoomId, UserId};
use store::{Key, Write};

use super::keys::{member_key, members_key, room_key, rooms_of_key};
use super::record::{MemberIndex, MemberRecord, RoomIndex, RoomRecord};
use crate::stored::json;

pub(super) fn put_room(room: &RoomId, record: &RoomRecord) -> Write {
    put(room_key(room), record)
}

pub(super) fn put_member(room: &RoomId, user: &UserId, record: &MemberRecord) -> Write {
    put(member_key(room, user), record)
}

pub(super) fn put_members(room: &RoomId, record: &MemberIndex) -> Write {
    let key = members_key(room);
    if record.is_empty() { Write::Delete { key } } else { put(key, record) }
}

pub(super) fn put_rooms_of(user: &UserId, record: &RoomIndex) -> Write {
    let key = rooms_of_key(user);
    if record.is_empty() { Write::Delete { key } } else { put(key, record) }
}

/// Kept until it is deleted.
fn put<T: Serialize>(key: Key, record: &T) -> Write {
    Write::Put { key, data: json(record), refs: Vec::new(), ttl: None }
}
