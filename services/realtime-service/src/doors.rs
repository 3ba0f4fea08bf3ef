//! What is known here of somebody and a room before they are let in: one read of the store for all of it.

use http_server::waiting_for;
use serde::Deserialize;
use signal_protocol::{ErrorCode, RoomId, Tenant, UserId};
use store::{Read, Snapshot, Store, StoreError, Version};

use crate::moderation::Denial;
use crate::registry::Entry;
use crate::stored::{denial_key, occupancy_key, signed_out_key};

/// The way to doors. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Doors {
    store: Store,
    /// Whether rooms and members are kept here.
    registry: bool,
}

/// What the store said at one instant of one person and one room.
#[derive(Debug)]
pub(crate) struct Door {
    /// All of it. What is not taken out below is read by whoever knows what it means.
    pub(crate) snapshot: Snapshot,
    /// Which room.
    pub(crate) room: RoomId,
    /// Who.
    pub(crate) user: UserId,
    /// Why they may not be in the room, or might not once.
    pub(crate) denial: Option<Denial>,
}

impl Doors {
    /// Doors of the rooms whose records are in `store`; with `registry`, the rooms themselves and their members too.
    pub(crate) const fn new(store: Store, registry: bool) -> Self {
        Self { store, registry }
    }

    /// Reads everything that decides whether `user` may be in `room`. One round trip.
    ///
    /// # Errors
    /// Whatever the store says, and [`StoreError::Corrupt`] where the denial cannot be read: it is never taken for none.
    pub(crate) async fn look(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        user: &UserId,
    ) -> Result<Door, StoreError> {
        let mut read = Read::new()
            .and(denial_key(room, user), 0)
            .and(occupancy_key(room), 0)
            .and(signed_out_key(user), 0);
        if self.registry {
            read = Entry::wanted(read, room, user);
        }
        let snapshot = waiting_for(ErrorCode::StoreUnavailable, self.store.read(tenant, read)).await?;
        let denial = snapshot.parse(&denial_key(room, user))?;
        Ok(Door { snapshot, room: room.clone(), user: user.clone(), denial })
    }

    /// The store that is read.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }
}

impl Door {
    /// The cluster in which LiveKit had the room when it was last looked at; none where nobody has looked since it was
    /// opened.
    pub(crate) fn cluster(&self) -> Option<String> {
        /// Of all that the record holds.
        #[derive(Deserialize)]
        struct Seen {
            #[serde(default)]
            cluster: Option<String>,
        }
        // A record that cannot be read was told of by the store. LiveKit is asked then.
        self.snapshot.parse::<Seen>(&occupancy_key(&self.room)).ok().flatten()?.cluster
    }

    /// The version of the denial, or that there is none.
    pub(crate) fn denial_version(&self) -> Version {
        self.snapshot.version(&denial_key(&self.room, &self.user))
    }
}
