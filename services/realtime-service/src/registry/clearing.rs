//! Deleting a room, with up to a thousand members, each of whom has an index that names it.
//!
//! That is too much for one commit, so it takes several, and whoever does it may die between two of them. So the first
//! marks the room as deleted: from then on it is there for nobody, and nobody can be added to it. Each of the next takes a
//! few members away, with everything that is kept of them, and the last one the room itself. What stands after any of them
//! agrees with itself. What its members hold to get into it with is void by the same commits: a room of the same name is
//! another one. Whoever meets such a room goes on with it: a repeated deletion, somebody who makes a room of the same
//! name, and whoever finds it among their own rooms.

use signal_protocol::{RoomId, Tenant, UserId};
use store::{Change, Read, Snapshot, Write};

use super::contents::{put_members, put_room, put_rooms_of};
use super::keys::{member_key, members_key, room_key, rooms_of_key};
use super::record::Deleted;
use super::{MemberIndex, Registry, RegistryFailure, RoomIndex, RoomRecord};
use crate::moderation::{Bounds, void_keys};
use crate::stored::{Extra, denial_key};

/// How many members one commit takes away.
const BATCH: usize = 50;

/// How far a deletion is.
enum Progress {
    /// There is no such room any more.
    Gone,
    /// These are to be taken away next; nobody: the room itself is.
    Left(Vec<UserId>),
}

impl Registry {
    /// Marks the room as deleted, from which moment on it is there for nobody. Whether it was not yet.
    pub(crate) async fn mark_deleted(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        by: &UserId,
    ) -> Result<bool, RegistryFailure> {
        let key = room_key(room);
        self.change(tenant, room, Read::new().and(key.clone(), 0), |read| {
            let record = read.parse::<RoomRecord>(&key)?.ok_or(RegistryFailure::NoRoom)?;
            if !record.is_open() {
                return Ok(Change::none(false));
            }
            let deleted = Deleted { at: read.now, by: by.clone(), extra: Extra::new() };
            let record = RoomRecord { deleted: Some(deleted), ..record };
            Ok(Change { outcome: true, writes: vec![put_room(room, &record)] })
        })
        .await
    }

    /// Whether the room is marked as deleted.
    pub(crate) async fn is_being_deleted(
        &self,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Result<bool, RegistryFailure> {
        let read = self.store.read(tenant, Read::new().and(room_key(room), 0)).await?;
        is_deleted(&read, room)
    }

    /// Takes away what is left of a room that is marked as deleted. One that is not is left alone.
    pub(crate) async fn clear(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        bounds: Bounds,
    ) -> Result<(), RegistryFailure> {
        // Each turn takes members away that nobody can add again, so there are as many turns as there are batches; others
        // that do the same make it fewer.
        while let Progress::Left(users) = self.progress(tenant, room).await? {
            self.clear_some(tenant, room, &users, bounds).await?;
        }
        Ok(())
    }

    async fn progress(&self, tenant: &Tenant, room: &RoomId) -> Result<Progress, RegistryFailure> {
        let read = Read::new().and(room_key(room), 0).and(members_key(room), 0);
        let read = self.store.read(tenant, read).await?;
        if !is_deleted(&read, room)? {
            return Ok(Progress::Gone);
        }
        let members = read.parse::<MemberIndex>(&members_key(room))?.unwrap_or_default().members;
        Ok(Progress::Left(members.into_keys().take(BATCH).collect()))
    }

    /// Takes these away, if they are members still; and the room, if that leaves nobody.
    async fn clear_some(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        users: &[UserId],
        bounds: Bounds,
    ) -> Result<(), RegistryFailure> {
        let read = Read::new().and(room_key(room), 0).and(members_key(room), 0);
        let read = users
            .iter()
            .fold(read, |read, user| read.and(rooms_of_key(user), 0).and(denial_key(room, user), 0));
        self.change(tenant, room, read, |read| {
            let Some(Deleted { by, .. }) = deletion(read, room)? else {
                return Ok(Change::none(()));
            };
            let mut members = read.parse::<MemberIndex>(&members_key(room))?.unwrap_or_default();
            let mut writes = Vec::with_capacity(3 * users.len() + 2);
            for user in users {
                members.members.remove(user);
                writes.push(Write::Delete { key: member_key(room, user) });
                let mut rooms_of = read.parse::<RoomIndex>(&rooms_of_key(user))?.unwrap_or_default();
                if rooms_of.rooms.remove(room).is_some() {
                    writes.push(put_rooms_of(user, &rooms_of));
                }
                writes.extend(void_keys(read, room, user, &by, bounds)?);
            }
            if members.members.is_empty() {
                writes.push(Write::Delete { key: members_key(room) });
                writes.push(Write::Delete { key: room_key(room) });
            } else {
                writes.push(put_members(room, &members));
            }
            Ok(Change { outcome: (), writes })
        })
        .await
    }
}

fn is_deleted(read: &Snapshot, room: &RoomId) -> Result<bool, RegistryFailure> {
    Ok(deletion(read, room)?.is_some())
}

fn deletion(read: &Snapshot, room: &RoomId) -> Result<Option<Deleted>, RegistryFailure> {
    Ok(read.parse::<RoomRecord>(&room_key(room))?.and_then(|record| record.deleted))
}
