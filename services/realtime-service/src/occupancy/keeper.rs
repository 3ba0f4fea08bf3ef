//! The record in the store, changed only together with where its people are.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::time::Duration;

use clock::{DateTime, Utc};
use prometheus_client::metrics::counter::Counter;
use serde::de::DeserializeOwned;
use signal_protocol::{RoomId, Tenant, UserId};
use store::{Attempts, Commit, Committed, Contended, Key, Read, Snapshot, Store, StoreError, Write};

use super::damage::is_damaged;
use super::told::closing;
use super::whereabouts::put_whereabouts;
use super::{Occupancy, Transition, Whereabouts};
use crate::records::Records;
use crate::stored::{json, occupancy_key, whereabouts_key};

/// LiveKit tells of one room's events one after the other, so more than a few others in a row are a flood, and whoever asked comes
/// again.
const ATTEMPTS: Attempts = Attempts { change: "occupancy", most: 16, longest_pause: Duration::ZERO };

/// Of so many people at most it is written down with one change where they are: the store reads no more at once. Of others who
/// came the reconciler does it a moment later. Of others who went it is wrong until it goes by itself, which harms nobody: who
/// looks for them there does not find them.
const MOST_MOVED: usize = 2_000;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OccupancyFailure {
    /// The store did not take it, or has something that cannot be read.
    #[error("the store did not take who is in the room")]
    Store(#[from] StoreError),
    /// Others were faster, every time.
    #[error(transparent)]
    Contended(#[from] Contended),
}

/// What is to be changed, decided anew for each reading of the record. An unchanged record of which nothing is told is not
/// written.
#[derive(Debug)]
pub(crate) struct Decided<T> {
    /// For the caller.
    pub(crate) outcome: T,
    /// What happened, told with the commit.
    pub(crate) transitions: Vec<Transition>,
    /// What is written with it.
    pub(crate) mark: Option<Mark>,
}

/// Says that a change was made, so that it is made once.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Its record, which must not be there.
    pub(crate) key: Key,
    /// For how long it is kept.
    pub(crate) kept: Duration,
}

/// What was changed, if anything was.
#[derive(Debug)]
pub(crate) struct Changed<T> {
    /// What the decision that stands said.
    pub(crate) outcome: T,
    /// What happened.
    pub(crate) transitions: Vec<Transition>,
    /// Who is in the room now.
    pub(crate) occupancy: Occupancy,
}

/// Who is in which room, in the store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Occupancies {
    store: Store,
    records: Records,
    /// What counts the records that nobody could read and that were made anew; none where that is not done.
    mended: Option<Counter>,
}

impl Occupancies {
    pub(crate) const fn new(store: Store, records: Records) -> Self {
        Self { store, records, mended: None }
    }

    /// The same for whoever knows from LiveKit who is there: a record that nobody can read is taken for none and made anew, instead
    /// of standing in the way for ever. One of a newer release is not.
    pub(crate) fn mending(self, mended: Counter) -> Self {
        Self { mended: Some(mended), ..self }
    }

    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// What is stored at `key`. What cannot be read is an error, or noted as `damage` and nothing.
    pub(super) fn read_or_mend<T: DeserializeOwned + Default>(
        &self,
        snapshot: &Snapshot,
        key: &Key,
        damage: &mut Vec<Key>,
    ) -> Result<T, StoreError> {
        match snapshot.parse(key) {
            Ok(record) => Ok(record.unwrap_or_default()),
            Err(_) if self.mended.is_some() && snapshot.data(key).is_some_and(is_damaged) => {
                damage.push(key.clone());
                Ok(T::default())
            }
            Err(error) => Err(error),
        }
    }

    /// Once for each: afterwards it can be read.
    pub(super) fn tell_mended(&self, tenant: &Tenant, damage: &[Key]) {
        for key in damage {
            if let Some(mended) = &self.mended {
                mended.inc();
            }
            tracing::error!(tenant.id = %tenant, store.key = %key, "occupancy.made_anew");
        }
    }

    /// Changes the record as `decide` says, which is asked again whenever somebody else was faster, and is given the records
    /// `besides` as they are at that moment. `likely` is whoever comes or goes by it, as a rule: it spares a reading.
    pub(crate) async fn change<T>(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        besides: &[Key],
        likely: Option<&UserId>,
        mut decide: impl FnMut(&Snapshot, &mut Occupancy) -> Result<Decided<T>, StoreError>,
    ) -> Result<Changed<T>, OccupancyFailure> {
        let mut people: BTreeSet<UserId> = likely.cloned().into_iter().collect();
        let mut is_first = true;
        let mut contention = self.store.contention(ATTEMPTS);
        loop {
            let read = besides.iter().cloned().chain(people.iter().map(whereabouts_key));
            let read = read.fold(Read::new().and(occupancy_key(room), 0), |read, key| read.and(key, 0));
            let snapshot = self.store.read(tenant, read).await?;
            let mut damage = Vec::new();
            let before: Occupancy = self.read_or_mend(&snapshot, &occupancy_key(room), &mut damage)?;
            let mut after = before.clone();
            let Decided { outcome, transitions, mark } = decide(&snapshot, &mut after)?;
            if after == before && transitions.is_empty() && damage.is_empty() {
                return Ok(Changed { outcome, transitions, occupancy: after });
            }
            let moved = moved(&before, &after);
            if !moved.is_subset(&people) {
                // The first reading tells whom it is about. That it is about others as well is the doing of somebody who was faster.
                if !mem::take(&mut is_first) {
                    contention.overtaken().await?;
                }
                people.extend(moved);
                continue;
            }
            let change = Change { room, snapshot: &snapshot, after: &after, moved: &moved };
            let commit =
                change.commit(&transitions, mark, |key| self.read_or_mend(&snapshot, key, &mut damage))?;
            let of = (tenant, room);
            match self.records.commit(&self.store, of, commit, &transitions, snapshot.now).await? {
                Committed::Applied { .. } => {
                    self.tell_mended(tenant, &damage);
                    return Ok(Changed { outcome, transitions, occupancy: after });
                }
                Committed::Conflict { .. } | Committed::TooLate { .. } => contention.overtaken().await?,
            }
        }
    }
}

/// Whoever is there now and was not, or the other way round.
fn moved(before: &Occupancy, after: &Occupancy) -> BTreeSet<UserId> {
    let (before, after) = (before.users(), after.users());
    before.symmetric_difference(&after).take(MOST_MOVED).cloned().collect()
}

/// What is to be committed, before it is.
struct Change<'a> {
    room: &'a RoomId,
    snapshot: &'a Snapshot,
    after: &'a Occupancy,
    moved: &'a BTreeSet<UserId>,
}

impl Change<'_> {
    fn commit(
        &self,
        transitions: &[Transition],
        mark: Option<Mark>,
        mut whereabouts: impl FnMut(&Key) -> Result<Whereabouts, StoreError>,
    ) -> Result<Commit, StoreError> {
        let Self { room, snapshot, after, moved } = *self;
        let key = occupancy_key(room);
        let mut expect = vec![(key.clone(), snapshot.version(&key))];
        let mut writes =
            vec![Write::Put { key, data: json(after), refs: Vec::new(), ttl: Some(after.ttl()) }];
        let since = since(after);
        for user in moved {
            let key = whereabouts_key(user);
            expect.push((key.clone(), snapshot.version(&key)));
            let mut whereabouts = whereabouts(&key)?;
            whereabouts.set(room, since.get(user).copied());
            writes.push(put_whereabouts(key, whereabouts, snapshot.now));
        }
        if let Some(Mark { key, kept }) = mark {
            expect.push((key.clone(), snapshot.version(&key)));
            writes.push(Write::Put { key, data: b"{}".to_vec(), refs: Vec::new(), ttl: Some(kept) });
        }
        writes.extend(closing(room, transitions));
        Ok(Commit { expect, writes, ..Commit::default() })
    }
}

/// Since when each user is in the room.
pub(super) fn since(occupancy: &Occupancy) -> BTreeMap<UserId, DateTime<Utc>> {
    let mut since = BTreeMap::new();
    for (user, joined_at) in occupancy.arrivals() {
        since
            .entry(user)
            .and_modify(|first: &mut DateTime<Utc>| *first = joined_at.min(*first))
            .or_insert(joined_at);
    }
    since
}
