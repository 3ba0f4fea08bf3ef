//! Everybody who is there: in a room, or with a socket or a poll.

use call_state_api::presence;
use signal_protocol::{Tenant, UserId};
use store::{Key, Read, ScanCursor, Store, StoreError};

use crate::occupancy::Whereabouts;

/// How many records are looked at in one step of a scan.
const STEP: usize = 200;

/// Goes through all of them, in slices. Somebody may be given twice.
pub(super) struct People<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    /// What is gone through, and from where; what comes last first.
    to_do: Vec<(Kind, ScanCursor)>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Whereabouts,
    Presence,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Whereabouts => "whereabouts",
            Self::Presence => presence::KIND,
        }
    }
}

impl<'a> People<'a> {
    pub(super) fn new(store: &'a Store, tenant: &'a Tenant) -> Self {
        let to_do = [Kind::Presence, Kind::Whereabouts].map(|kind| (kind, ScanCursor::default())).into();
        Self { store, tenant, to_do }
    }

    /// Some of them, perhaps nobody; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<UserId>>, StoreError> {
        let Some((kind, cursor)) = self.to_do.pop() else { return Ok(None) };
        let prefix = format!("{}:", kind.name());
        let (keys, next) = self.store.scan(self.tenant, &prefix, cursor, STEP).await?;
        if let Some(next) = next {
            self.to_do.push((kind, next));
        }
        // A step gives about as many as were asked for, and a read takes no more than so many.
        let mut there = Vec::new();
        for keys in keys.chunks(STEP) {
            there.extend(self.there(kind, keys).await?);
        }
        Ok(Some(there))
    }

    async fn there(&self, kind: Kind, keys: &[Key]) -> Result<Vec<UserId>, StoreError> {
        let read = keys.iter().fold(Read::new(), |read, key| read.and(key.clone(), 0));
        let snapshot = self.store.read(self.tenant, read).await?;
        let is_there = |key: &&Key| match kind {
            // One that cannot be read may be of somebody who is there.
            Kind::Whereabouts => match snapshot.parse::<Whereabouts>(key) {
                Ok(whereabouts) => whereabouts.is_some_and(|whereabouts| !whereabouts.rooms.is_empty()),
                Err(_) => true,
            },
            Kind::Presence => snapshot.leases(key).values().any(|until| *until > snapshot.now),
        };
        Ok(keys.iter().filter(is_there).filter_map(|key| UserId::parse(key.id()).ok()).collect())
    }
}
