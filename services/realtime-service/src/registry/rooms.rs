//! Rooms: made, changed, read.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use signal_protocol::{RoomId, Tenant, UserId};
use store::{Change, Read, StoreError};

use super::contents::put_room;
use super::keys::room_key;
use super::{Registry, RegistryFailure, RoomRecord, RoomWishes};
use crate::stored::{Extra, Schema};

/// What became of a room that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoomPut {
    /// There was none.
    Created,
    /// It is another now.
    Changed,
    /// It was like that already.
    Unchanged,
    /// One of this name is being deleted, and has to be gone first.
    BeingDeleted,
}

/// After how long a deletion that is not done has lost whoever began it.
const ABANDONED_AFTER: TimeDelta = TimeDelta::seconds(10);

/// Some rooms, as far as they are kept here.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Those that are.
    pub(crate) rooms: BTreeMap<RoomId, RoomRecord>,
    /// Those whose deletion was begun and is not going on.
    pub(crate) abandoned: Vec<RoomId>,
}

impl Registry {
    /// The room, if it is kept here.
    pub(crate) async fn room(
        &self,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Result<Option<RoomRecord>, StoreError> {
        let key = room_key(room);
        let read = self.store.read(tenant, Read::new().and(key.clone(), 0)).await?;
        Ok(read.parse::<RoomRecord>(&key)?.filter(RoomRecord::is_open))
    }

    /// What is kept here of `rooms`, by one question.
    pub(crate) async fn rooms(&self, tenant: &Tenant, rooms: &[RoomId]) -> Result<Kept, StoreError> {
        let wanted = rooms.iter().fold(Read::new(), |read, room| read.and(room_key(room), 0));
        let read = self.store.read(tenant, wanted).await?;
        let mut kept = Kept::default();
        for room in rooms {
            let Some(record) = read.parse::<RoomRecord>(&room_key(room))? else { continue };
            match &record.deleted {
                None => {
                    kept.rooms.insert(room.clone(), record);
                }
                Some(deleted) if deleted.at + ABANDONED_AFTER <= read.now => {
                    kept.abandoned.push(room.clone());
                }
                Some(_) => {}
            }
        }
        Ok(kept)
    }

    /// Makes the room what it is wanted to be; where there is none, only if `may_create`.
    pub(crate) async fn put_room(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        wishes: &RoomWishes,
        by: &UserId,
        may_create: bool,
    ) -> Result<RoomPut, RegistryFailure> {
        let key = room_key(room);
        let read = Read::new().and(key.clone(), 0);
        self.change(tenant, room, read, |read| {
            let before = read.parse::<RoomRecord>(&key)?;
            if before.as_ref().is_some_and(|record| !record.is_open()) {
                return if may_create {
                    Ok(Change::none(RoomPut::BeingDeleted))
                } else {
                    Err(RegistryFailure::NoRoom)
                };
            }
            let Some(before) = before else {
                if !may_create {
                    return Err(RegistryFailure::NoRoom);
                }
                let made = RoomRecord {
                    schema: Schema,
                    name: wishes.name.clone(),
                    max_participants: wishes.max_participants,
                    metadata: wishes.metadata.clone(),
                    created_at: read.now,
                    created_by: by.clone(),
                    deleted: None,
                    extra: Extra::new(),
                };
                return Ok(Change { outcome: RoomPut::Created, writes: vec![put_room(room, &made)] });
            };
            let after = RoomRecord {
                name: wishes.name.clone(),
                max_participants: wishes.max_participants,
                metadata: wishes.metadata.clone(),
                ..before.clone()
            };
            if after == before {
                return Ok(Change::none(RoomPut::Unchanged));
            }
            Ok(Change { outcome: RoomPut::Changed, writes: vec![put_room(room, &after)] })
        })
        .await
    }
}
