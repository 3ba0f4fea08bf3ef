//! What bars somebody, or says that their login was ended, is kept until it was carried out.
//!
//! Both are forgotten when no token from before can be good any more. But somebody who is in a room needs no token: while LiveKit
//! cannot be told to send them out, the record of why is renewed, so that they go when it can.

use clock::{DateTime, Utc};
use signal_protocol::{RoomId, UserId};
use store::{Commit, Committed, Read, Snapshot, StoreError};

use super::turn::Turns;
use super::visit::READ_AT_ONCE;
use crate::moderation::Denial;
use crate::occupancy::Occupancy;
use crate::revocation::SignedOut;
use crate::stored::{denial_key, occupancy_key, signed_out_key};

impl Turns {
    /// Sees to it for everybody of whom it was last known that they are in the room.
    pub(super) async fn keep_undone(&self, room: &RoomId) -> Result<(), StoreError> {
        let key = occupancy_key(room);
        let read = self.parts.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await?;
        let there: Vec<_> = read.parse::<Occupancy>(&key)?.unwrap_or_default().arrivals().collect();
        for some in there.chunks(READ_AT_ONCE) {
            let read = some.iter().fold(Read::new(), |read, (user, _)| {
                read.and(denial_key(room, user), 0).and(signed_out_key(user), 0)
            });
            let read = self.parts.store.read(&self.tenant, read).await?;
            for (user, joined_at) in some {
                self.keep_if_undone(room, user, *joined_at, &read).await?;
            }
        }
        Ok(())
    }

    async fn keep_if_undone(
        &self,
        room: &RoomId,
        user: &UserId,
        joined_at: DateTime<Utc>,
        read: &Snapshot,
    ) -> Result<(), StoreError> {
        let token_life = self.parts.token_life;
        let mut commit = Commit::default();
        // What cannot be read was told of by the store, and keeps nobody else's from being kept.
        let denial = read.parse::<Denial>(&denial_key(room, user)).unwrap_or_default();
        if let Some(denial) = denial.filter(|denial| denial.evicts(joined_at, read.now)) {
            let key = denial_key(room, user);
            commit.writes.extend(denial.kept_on(room, user, read.now, token_life));
            commit.expect.push((key.clone(), read.version(&key)));
        }
        let signed_out = SignedOut::of(read, user).unwrap_or_default();
        if let Some(signed_out) = signed_out.filter(|signed_out| signed_out.evicts(joined_at)) {
            let key = signed_out_key(user);
            commit.writes.extend(signed_out.kept_on(user, read.now, token_life));
            commit.expect.push((key.clone(), read.version(&key)));
        }
        if !commit.writes.is_empty() {
            // If somebody changed it meanwhile, the next turn sees what is left to do.
            if let Committed::Applied { .. } = self.parts.store.commit(&self.tenant, commit).await? {
                tracing::info!(tenant.id = %self.tenant, room.id = %room, user.id = %user, "reconcile.removal_outstanding");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
