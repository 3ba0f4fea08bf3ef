//! What the registry says of one person and one room: all that a join wants of it.

use std::num::NonZeroU32;

use signal_protocol::{RoomId, UserId};
use store::{Read, Snapshot, StoreError};

use super::keys::{member_key, room_key};
use super::record::{MemberRecord, RoomRecord};
use crate::doors::Door;
use crate::membership::Member;

/// A room, and what one person is in it. A room that is being deleted is none, and neither is anybody's part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The room, if it is kept here.
    pub(crate) room: Option<RoomRecord>,
    /// What the person is in it.
    pub(crate) member: Option<MemberRecord>,
}

impl Entry {
    /// `read`, and what this needs. Nothing of it is followed.
    pub(crate) fn wanted(read: Read, room: &RoomId, user: &UserId) -> Read {
        read.and(room_key(room), 0).and(member_key(room, user), 0)
    }

    /// What was read of it.
    ///
    /// # Errors
    /// A record is there and cannot be read: that is neither a yes nor a no.
    pub(crate) fn of(snapshot: &Snapshot, room: &RoomId, user: &UserId) -> Result<Self, StoreError> {
        let kept = snapshot.parse::<RoomRecord>(&room_key(room))?.filter(RoomRecord::is_open);
        let member = snapshot.parse(&member_key(room, user))?;
        Ok(Self { member: member.filter(|_| kept.is_some()), room: kept })
    }

    /// What a door says of it.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn at(door: &Door) -> Result<Self, StoreError> {
        Self::of(&door.snapshot, &door.room, &door.user)
    }

    /// The membership, if there is one.
    pub(crate) fn membership(&self) -> Option<Member> {
        let (room, member) = (self.room.as_ref()?, self.member.as_ref()?);
        Some(Member {
            role: member.role,
            room_name: room.name.clone(),
            max_participants: room.max_participants.map(NonZeroU32::get),
        })
    }
}
