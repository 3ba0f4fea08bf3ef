//! All of a commit, or nothing.

use clock::{DateTime, Utc};

use super::delta;
use super::log::{Entry, Log};
use super::queue::Queue;
use super::record::Stored;
use super::state::{State, Thing};
use crate::queue::MAX_QUEUE;
use crate::{Commit, Committed, Key, StoreError, Version, Write};

impl State {
    pub(super) fn commit(&mut self, commit: &Commit, now: DateTime<Utc>) -> Result<Committed, StoreError> {
        if commit.not_after.is_some_and(|limit| now.timestamp_millis() > limit.timestamp_millis()) {
            return Ok(Committed::TooLate { now });
        }
        for (key, version) in &commit.expect {
            if self.version(key)? != *version {
                return Ok(Committed::Conflict { key: key.clone() });
            }
        }
        // Nothing may be refused once something was changed.
        for write in &commit.writes {
            self.check(write)?;
        }
        let mut offsets = Vec::new();
        for write in &commit.writes {
            offsets.extend(self.apply(write, now));
        }
        let versions = commit.expect.iter().map(|(key, _)| self.version(key)).collect::<Result<_, _>>()?;
        Ok(Committed::Applied { now, offsets, versions })
    }

    fn version(&self, key: &Key) -> Result<Version, StoreError> {
        Ok(self.record(key)?.map_or(Version::ABSENT, |record| Version(record.version)))
    }

    fn check(&mut self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Put { key, .. }
            | Write::Delete { key }
            | Write::Expire { key, .. }
            | Write::Lease { key, .. }
            | Write::Release { key, .. } => self.record(key).map(drop),
            Write::Schedule { .. } | Write::Unschedule { .. } => Ok(()),
            Write::Append { log, .. } => self.log(log).map(drop),
            Write::Acknowledge { queue, .. } => self.queue(queue).map(drop),
            Write::Enqueue { queue, .. } => match self.queue(queue)? {
                Some(full) if full.len() >= MAX_QUEUE => {
                    Err(StoreError::Full { reason: format!("the queue {queue} has {MAX_QUEUE} entries") })
                }
                Some(_) | None => Ok(()),
            },
        }
    }

    /// Makes one change, which was checked; gives the offset of an entry appended.
    fn apply(&mut self, write: &Write, now: DateTime<Utc>) -> Option<u64> {
        match write {
            Write::Put { key, data, refs, ttl } => self.change(key, None, now, |record| {
                record.data = Some(data.clone());
                record.refs.clone_from(refs);
                record.end = ttl.map(|ttl| now + delta(ttl));
                true
            }),
            Write::Delete { key } => drop(self.remove(key)),
            Write::Expire { key, within } => self.shorten(key, *within, now),
            Write::Lease { key, holder, until } => {
                let end = Stored::end_of_leases(*until);
                // One that is long over would only be forgotten.
                if end >= now {
                    self.change(key, Some(end), now, |record| record.lease(holder, *until, now));
                }
            }
            Write::Release { key, holder, at } => {
                if self.record(key).is_ok_and(|record| record.is_some()) {
                    self.change(key, None, now, |record| record.release(holder, *at));
                }
            }
            Write::Schedule { member, at } => self.timers.set(member.clone(), *at),
            Write::Unschedule { member } => self.timers.remove(member),
            Write::Append { log, entry, bounds, bell, attachment } => {
                let mut kept = match self.remove(log) {
                    Some(Thing::Log(kept)) => kept,
                    Some(Thing::Record(_) | Thing::Queue(_)) | None => Log::new(self.fresh_version(now), now),
                };
                let entry = Entry { data: entry.clone(), attachment: attachment.clone() };
                let offset = kept.append(entry, bounds, now);
                self.put(log.clone(), Thing::Log(kept));
                if let Some(word) = bell {
                    self.bell.ring(word.text.clone());
                }
                return Some(offset);
            }
            Write::Enqueue { queue, entry } => {
                let mut kept = match self.remove(queue) {
                    Some(Thing::Queue(kept)) => kept,
                    Some(Thing::Record(_) | Thing::Log(_)) | None => Queue::default(),
                };
                kept.push(entry.clone());
                self.put(queue.clone(), Thing::Queue(kept));
            }
            Write::Acknowledge { queue, id } => {
                if let Ok(Some(kept)) = self.queue(queue) {
                    kept.acknowledge(id);
                }
            }
        }
        None
    }

    /// Changes a record, made with this `end` if there is none, and gives it a new version if `change` says that it did.
    fn change(
        &mut self,
        key: &Key,
        end: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Stored) -> bool,
    ) {
        let mut record = match self.remove(key) {
            Some(Thing::Record(record)) => record,
            Some(Thing::Log(_) | Thing::Queue(_)) | None => Stored::new(end),
        };
        if change(&mut record) {
            record.version = self.fresh_version(now);
        }
        self.put(key.clone(), Thing::Record(record));
    }
}
