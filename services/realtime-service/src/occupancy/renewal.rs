//! Where somebody is stays known for as long as they are there, however long that is.

use std::collections::BTreeSet;

use signal_protocol::{RoomId, Tenant, UserId};
use store::{Commit, Committed, Read, Snapshot, StoreError};

use super::keeper::since;
use super::whereabouts::put_whereabouts;
use super::{Occupancies, Occupancy, Whereabouts};
use crate::stored::{occupancy_key, whereabouts_key};

/// Whether it is to be written down anew that `user` is in `room`: it is not known, or would soon be forgotten, or cannot be read.
pub(crate) fn is_fading(snapshot: &Snapshot, room: &RoomId, user: &UserId) -> bool {
    match snapshot.parse::<Whereabouts>(&whereabouts_key(user)) {
        Ok(known) => known.unwrap_or_default().is_fading(room, snapshot.now),
        // Of a newer release's record nothing is done about it.
        Err(_) => true,
    }
}

impl Occupancies {
    /// Writes down anew that these people are in `room`, as far as its record says so. How many of them it was done for: where others
    /// change the same records meanwhile it is nobody, and the next time will do.
    pub(crate) async fn renew(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        users: &BTreeSet<UserId>,
    ) -> Result<usize, StoreError> {
        let room_key = occupancy_key(room);
        let read = users.iter().map(whereabouts_key);
        let read = read.fold(Read::new().and(room_key.clone(), 0), |read, key| read.and(key, 0));
        let snapshot = self.store().read(tenant, read).await?;
        let occupancy: Occupancy = snapshot.parse(&room_key)?.unwrap_or_default();
        let mut commit =
            Commit { expect: vec![(room_key.clone(), snapshot.version(&room_key))], ..Commit::default() };
        let mut damage = Vec::new();
        for (user, since) in since(&occupancy) {
            let key = whereabouts_key(&user);
            if !users.contains(&user) || !is_fading(&snapshot, room, &user) {
                continue;
            }
            // Somebody's record of a newer release keeps nobody from the others'.
            let Ok(mut known) = self.read_or_mend::<Whereabouts>(&snapshot, &key, &mut damage) else {
                continue;
            };
            known.set(room, Some(since));
            commit.expect.push((key.clone(), snapshot.version(&key)));
            commit.writes.push(put_whereabouts(key, known, snapshot.now));
        }
        let renewed = commit.writes.len();
        if renewed == 0 {
            return Ok(0);
        }
        match self.store().commit(tenant, commit).await? {
            Committed::Applied { .. } => {
                self.tell_mended(tenant, &damage);
                Ok(renewed)
            }
            Committed::Conflict { .. } | Committed::TooLate { .. } => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests;
