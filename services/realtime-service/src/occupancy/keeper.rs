//! The record in the store, changed only together with where its people are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clock::{DateTime, Utc};
use signal_protocol::{RoomId, Tenant, UserId};
use store::{Commit, Committed, Key, Read, Snapshot, Store, StoreError, Write};

use super::told::closing;
use super::whereabouts::put_whereabouts;
use super::{Occupancy, Transition, Whereabouts};
use crate::records::Records;
use crate::stored::{json, occupancy_key, whereabouts_key};

/// How often a change is tried whose records others change meanwhile. LiveKit tells of one room's events one after the other, so
/// more than a few in a row is a flood, and whoever asked comes again.
const MOST_ATTEMPTS: usize = 16;

/// Of so many people at most it is written down with one change where they are: the store reads no more at once. Of the others
/// it is wrong until it goes by itself, which harms nobody: who looks for them there does not find them.
const MOST_MOVED: usize = 2_000;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OccupancyFailure {
    /// The store did not take it, or has something that cannot be read.
    #[error("the store did not take who is in the room")]
    Store(#[from] StoreError),
    /// Others were faster, every time.
    #[error("who is in the room was changed by others at the same time, again and again")]
    Contended,
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
}

impl Occupancies {
    pub(crate) const fn new(store: Store, records: Records) -> Self {
        Self { store, records }
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
        for _ in 0..MOST_ATTEMPTS {
            let read = besides.iter().cloned().chain(people.iter().map(whereabouts_key));
            let read = read.fold(Read::new().and(occupancy_key(room), 0), |read, key| read.and(key, 0));
            let snapshot = self.store.read(tenant, read).await?;
            let before: Occupancy = snapshot.parse(&occupancy_key(room))?.unwrap_or_default();
            let mut after = before.clone();
            let Decided { outcome, transitions, mark } = decide(&snapshot, &mut after)?;
            if after == before && transitions.is_empty() {
                return Ok(Changed { outcome, transitions, occupancy: after });
            }
            let moved = moved(&before, &after);
            if !moved.is_subset(&people) {
                people.extend(moved);
                continue;
            }
            let change = Change { room, snapshot: &snapshot, after: &after, moved: &moved };
            let commit = change.commit(&transitions, mark)?;
            let of = (tenant, room);
            match self.records.commit(&self.store, of, commit, &transitions, snapshot.now).await? {
                Committed::Applied { .. } => return Ok(Changed { outcome, transitions, occupancy: after }),
                Committed::Conflict { .. } | Committed::TooLate { .. } => {}
            }
        }
        Err(OccupancyFailure::Contended)
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
    fn commit(&self, transitions: &[Transition], mark: Option<Mark>) -> Result<Commit, StoreError> {
        let Self { room, snapshot, after, moved } = *self;
        let key = occupancy_key(room);
        let mut expect = vec![(key.clone(), snapshot.version(&key))];
        let mut writes =
            vec![Write::Put { key, data: json(after), refs: Vec::new(), ttl: Some(after.ttl()) }];
        let since = since(after);
        for user in moved {
            let key = whereabouts_key(user);
            expect.push((key.clone(), snapshot.version(&key)));
            let mut whereabouts: Whereabouts = snapshot.parse(&key)?.unwrap_or_default();
            whereabouts.set(room, since.get(user).copied());
            writes.push(put_whereabouts(key, &whereabouts));
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
fn since(occupancy: &Occupancy) -> BTreeMap<UserId, DateTime<Utc>> {
    let mut since = BTreeMap::new();
    for (user, joined_at) in occupancy.arrivals() {
        since
            .entry(user)
            .and_modify(|first: &mut DateTime<Utc>| *first = joined_at.min(*first))
            .or_insert(joined_at);
    }
    since
}
