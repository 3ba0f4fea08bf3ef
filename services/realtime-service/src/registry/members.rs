//! Members: added, changed, removed, listed.

use std::collections::BTreeMap;

use signal_protocol::{Role, RoomId, Tenant, UserId};
use store::{Change, Read, Snapshot, StoreError, Write};

use super::contents::{put_member, put_members, put_rooms_of};
use super::keys::{member_key, members_key, room_key, rooms_of_key};
use super::{Entry, MemberIndex, MemberRecord, Registry, RegistryFailure, RoomIndex, RoomRecord};
use crate::stored::{Extra, Schema};

/// What became of a member that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberSet {
    /// They were none.
    Added,
    /// They had another role.
    Changed,
    /// They had this role already.
    Unchanged,
}

/// Something that is to happen in the same commit as a change of a member, so that neither is ever seen without the other.
pub(crate) trait Beside: Sync {
    /// `read`, and what this rests on.
    fn wanted(&self, read: Read) -> Read;

    /// What it writes if the change is made.
    fn writes(&self, read: &Snapshot) -> Result<Vec<Write>, RegistryFailure>;
}

/// Whom a change is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) room: &'a RoomId,
    pub(crate) user: &'a UserId,
    /// Who wants it.
    pub(crate) by: &'a UserId,
}

impl Registry {
    /// Who belongs to the room, by user id; none if no such room is kept here.
    pub(crate) async fn members(
        &self,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Result<Option<BTreeMap<UserId, Role>>, StoreError> {
        let read = Read::new().and(room_key(room), 0).and(members_key(room), 0);
        let read = self.store.read(tenant, read).await?;
        if !is_open(&read, room)? {
            return Ok(None);
        }
        Ok(Some(read.parse::<MemberIndex>(&members_key(room))?.unwrap_or_default().members))
    }

    /// To which rooms somebody belongs, by room id. One that is being deleted may be among them.
    pub(crate) async fn rooms_of(
        &self,
        tenant: &Tenant,
        user: &UserId,
    ) -> Result<BTreeMap<RoomId, Role>, StoreError> {
        let key = rooms_of_key(user);
        let read = self.store.read(tenant, Read::new().and(key.clone(), 0)).await?;
        Ok(read.parse::<RoomIndex>(&key)?.unwrap_or_default().rooms)
    }

    /// What `user` is in the room.
    pub(crate) async fn entry(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Entry, StoreError> {
        let read = self.store.read(tenant, Entry::wanted(Read::new(), room, user)).await?;
        Entry::of(&read, room, user)
    }

    /// What each of `users` is in the room, in their order; by one question.
    pub(crate) async fn entries(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        users: &[UserId],
    ) -> Result<Vec<Result<Entry, StoreError>>, StoreError> {
        let wanted = users.iter().fold(Read::new(), |read, user| Entry::wanted(read, room, user));
        let read = self.store.read(tenant, wanted).await?;
        Ok(users.iter().map(|user| Entry::of(&read, room, user)).collect())
    }

    /// Makes somebody a member with this role.
    pub(crate) async fn set_member(
        &self,
        about: About<'_>,
        role: Role,
        beside: &dyn Beside,
    ) -> Result<MemberSet, RegistryFailure> {
        let About { tenant, room, user, by } = about;
        self.change(tenant, room, beside.wanted(wanted(room, user)), |read| {
            let Membership { member, mut members, mut rooms_of } = Membership::of(read, room, user)?;
            let outcome = match &member {
                Some(member) if member.role == role => MemberSet::Unchanged,
                Some(_) => MemberSet::Changed,
                None => MemberSet::Added,
            };
            if outcome == MemberSet::Unchanged {
                return Ok(Change::none(outcome));
            }
            let bounds = self.bounds;
            let is_full = |count: usize, bound: u32| count >= usize::try_from(bound).unwrap_or(usize::MAX);
            if outcome == MemberSet::Added && is_full(members.members.len(), bounds.members_max) {
                return Err(RegistryFailure::TooManyMembers(bounds.members_max));
            }
            if outcome == MemberSet::Added && is_full(rooms_of.rooms.len(), bounds.rooms_per_user_max) {
                return Err(RegistryFailure::TooManyRooms(bounds.rooms_per_user_max));
            }
            let extra = member.map_or_else(Extra::new, |member| member.extra);
            let member = MemberRecord { schema: Schema, role, since: read.now, by: by.clone(), extra };
            members.members.insert(user.clone(), role);
            rooms_of.rooms.insert(room.clone(), role);
            let mut writes = vec![
                put_member(room, user, &member),
                put_members(room, &members),
                put_rooms_of(user, &rooms_of),
            ];
            writes.extend(beside.writes(read)?);
            Ok(Change { outcome, writes })
        })
        .await
    }

    /// Makes somebody no member any more. Whether they were one.
    pub(crate) async fn remove_member(
        &self,
        about: About<'_>,
        beside: &dyn Beside,
    ) -> Result<bool, RegistryFailure> {
        let About { tenant, room, user, by: _ } = about;
        self.change(tenant, room, beside.wanted(wanted(room, user)), |read| {
            let Membership { member, mut members, mut rooms_of } = Membership::of(read, room, user)?;
            if member.is_none() {
                return Ok(Change::none(false));
            }
            members.members.remove(user);
            rooms_of.rooms.remove(room);
            let mut writes = vec![
                Write::Delete { key: member_key(room, user) },
                put_members(room, &members),
                put_rooms_of(user, &rooms_of),
            ];
            writes.extend(beside.writes(read)?);
            Ok(Change { outcome: true, writes })
        })
        .await
    }
}

/// What a change of one member rests on. The room is among it, so that nobody is added to one that is being deleted.
fn wanted(room: &RoomId, user: &UserId) -> Read {
    Entry::wanted(Read::new(), room, user).and(members_key(room), 0).and(rooms_of_key(user), 0)
}

/// The same as it was read.
struct Membership {
    member: Option<MemberRecord>,
    members: MemberIndex,
    rooms_of: RoomIndex,
}

impl Membership {
    fn of(read: &Snapshot, room: &RoomId, user: &UserId) -> Result<Self, RegistryFailure> {
        if !is_open(read, room)? {
            return Err(RegistryFailure::NoRoom);
        }
        Ok(Self {
            member: read.parse(&member_key(room, user))?,
            members: read.parse(&members_key(room))?.unwrap_or_default(),
            rooms_of: read.parse(&rooms_of_key(user))?.unwrap_or_default(),
        })
    }
}

fn is_open(read: &Snapshot, room: &RoomId) -> Result<bool, StoreError> {
    Ok(read.parse::<RoomRecord>(&room_key(room))?.is_some_and(|record| record.is_open()))
}
