//! Everything that one tenant has.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use clock::{DateTime, Utc};

use super::Record;
use super::bell::Words;
use super::log::Log;
use super::queue::Queue;
use super::record::Stored;
use crate::read::MAX_RECORDS;
use crate::{Due, Epoch, Key, Root, StoreError};

/// What one tenant has.
pub(super) struct State {
    things: BTreeMap<Key, Thing>,
    /// When things go, earliest first.
    ends: BTreeSet<(DateTime<Utc>, Key)>,
    pub(super) timers: Timers,
    pub(super) bell: Words,
    pub(super) epoch: Epoch,
    last_version: u64,
}

/// What is at a key.
pub(super) enum Thing {
    Record(Stored),
    Log(Log),
    Queue(Queue),
}

impl Thing {
    fn end(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Record(record) => record.end,
            Self::Log(log) => Some(log.end),
            Self::Queue(_) => None,
        }
    }
}

impl State {
    pub(super) fn new(epoch: Epoch) -> Self {
        Self {
            things: BTreeMap::new(),
            ends: BTreeSet::new(),
            timers: Timers::default(),
            bell: Words::default(),
            epoch,
            last_version: 0,
        }
    }

    /// Drops what has come to its end.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) {
        while self.ends.first().is_some_and(|(end, _)| *end < now) {
            if let Some((_, key)) = self.ends.pop_first() {
                self.things.remove(&key);
            }
        }
    }

    pub(super) fn keys_from(&self, from: Bound<Key>) -> impl Iterator<Item = &Key> {
        let records = self.things.range((from, Bound::Unbounded));
        records.filter(|(_, thing)| matches!(thing, Thing::Record(_))).map(|(key, _)| key)
    }

    /// The records at `roots` and those that they refer to, as far as each root says.
    pub(super) fn follow(&self, roots: &[Root]) -> Result<BTreeMap<Key, Record>, StoreError> {
        let mut depths: BTreeMap<Key, u8> = BTreeMap::new();
        let mut open: Vec<(Key, u8)> =
            roots.iter().map(|root| (root.key.clone(), root.follow.min(2))).collect();
        while let Some((key, depth)) = open.pop() {
            if depths.get(&key).is_some_and(|followed| *followed >= depth) {
                continue;
            }
            if let Some(record) = self.record(&key)?.filter(|_| depth > 0) {
                open.extend(record.refs.iter().map(|reference| (reference.clone(), depth - 1)));
            }
            depths.insert(key, depth);
            if depths.len() > MAX_RECORDS {
                return Err(StoreError::TooManyRecords);
            }
        }
        depths
            .into_keys()
            .map(|key| Ok((key.clone(), self.record(&key)?.map_or_else(Stored::absent, Stored::read))))
            .collect()
    }

    /// The record at `key`, if there is one.
    pub(super) fn record(&self, key: &Key) -> Result<Option<&Stored>, StoreError> {
        match self.things.get(key) {
            None => Ok(None),
            Some(Thing::Record(record)) => Ok(Some(record)),
            Some(Thing::Log(_) | Thing::Queue(_)) => Err(StoreError::Corrupt { key: key.clone() }),
        }
    }

    /// The log at `key`, if there is one.
    pub(super) fn log(&mut self, key: &Key) -> Result<Option<&mut Log>, StoreError> {
        match self.things.get_mut(key) {
            None => Ok(None),
            Some(Thing::Log(log)) => Ok(Some(log)),
            Some(Thing::Record(_) | Thing::Queue(_)) => Err(StoreError::Corrupt { key: key.clone() }),
        }
    }

    /// The same, to be looked at beside other things; whoever needs to know has asked [`Self::log`] whether it is one.
    pub(super) fn log_as_it_is(&self, key: &Key) -> Option<&Log> {
        match self.things.get(key) {
            Some(Thing::Log(log)) => Some(log),
            Some(Thing::Record(_) | Thing::Queue(_)) | None => None,
        }
    }

    /// The queue at `key`, if there is one.
    pub(super) fn queue(&mut self, key: &Key) -> Result<Option<&mut Queue>, StoreError> {
        match self.things.get_mut(key) {
            None => Ok(None),
            Some(Thing::Queue(queue)) => Ok(Some(queue)),
            Some(Thing::Record(_) | Thing::Log(_)) => Err(StoreError::Corrupt { key: key.clone() }),
        }
    }

    /// Takes what is at `key` out, to be changed and put back with [`Self::put`].
    pub(super) fn remove(&mut self, key: &Key) -> Option<Thing> {
        let thing = self.things.remove(key)?;
        if let Some(end) = thing.end() {
            self.ends.remove(&(end, key.clone()));
        }
        Some(thing)
    }

    /// Puts a thing at a key that holds none.
    pub(super) fn put(&mut self, key: Key, thing: Thing) {
        if let Some(end) = thing.end() {
            self.ends.insert((end, key.clone()));
        }
        self.things.insert(key, thing);
    }

    /// A version that no record ever had, though the clock stands or goes back.
    pub(super) fn fresh_version(&mut self, now: DateTime<Utc>) -> u64 {
        self.last_version = u64::try_from(now.timestamp_micros()).unwrap_or(0).max(self.last_version + 1);
        self.last_version
    }
}

/// One instant for each member.
#[derive(Default)]
pub(super) struct Timers {
    by_member: BTreeMap<Key, DateTime<Utc>>,
    by_time: BTreeSet<(DateTime<Utc>, Key)>,
}

impl Timers {
    pub(super) fn set(&mut self, member: Key, at: DateTime<Utc>) {
        self.remove(&member);
        self.by_time.insert((at, member.clone()));
        self.by_member.insert(member, at);
    }

    pub(super) fn remove(&mut self, member: &Key) {
        if let Some(at) = self.by_member.remove(member) {
            self.by_time.remove(&(at, member.clone()));
        }
    }

    pub(super) fn due(&self, now: DateTime<Utc>) -> impl Iterator<Item = Due> {
        let due = self.by_time.iter().take_while(move |(at, _)| *at <= now);
        due.map(|(at, member)| Due { member: member.clone(), at: *at })
    }

    pub(super) fn first(&self) -> Option<DateTime<Utc>> {
        self.by_time.first().map(|(at, _)| *at)
    }

    pub(super) fn len(&self) -> usize {
        self.by_member.len()
    }
}
