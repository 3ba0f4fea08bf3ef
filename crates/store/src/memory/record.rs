//! A record, or the leases at a key.

use std::collections::BTreeMap;

use clock::{DateTime, Duration as TimeDelta, Utc};

use crate::commit::MAX_HOLDERS;
use crate::read::Record;
use crate::{Key, Version};

/// For how long leases are still shown after they have ended.
const SHOWN_AFTER_END: TimeDelta = TimeDelta::hours(1);

/// What is kept of a record.
pub(super) struct Stored {
    pub(super) version: u64,
    pub(super) data: Option<Vec<u8>>,
    pub(super) refs: Vec<Key>,
    leases: BTreeMap<String, DateTime<Utc>>,
    /// When it goes; none: never.
    pub(super) end: Option<DateTime<Utc>>,
}

impl Stored {
    /// Nothing but its end.
    pub(super) const fn new(end: Option<DateTime<Utc>>) -> Self {
        Self { version: 0, data: None, refs: Vec::new(), leases: BTreeMap::new(), end }
    }

    pub(super) fn read(&self) -> Record {
        Record { version: Version(self.version), data: self.data.clone(), leases: self.leases.clone() }
    }

    pub(super) const fn absent() -> Record {
        Record { version: Version::ABSENT, data: None, leases: BTreeMap::new() }
    }

    /// When leases that end at `until` let their record go.
    pub(super) fn end_of_leases(until: DateTime<Utc>) -> DateTime<Utc> {
        until + SHOWN_AFTER_END
    }

    /// Extends a lease; says whether that changed anything.
    pub(super) fn lease(&mut self, holder: &str, until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        match self.leases.get_mut(holder) {
            Some(held) if *held >= until => return false,
            Some(held) => *held = until,
            None => {
                self.leases.retain(|_, held| Self::end_of_leases(*held) >= now);
                self.leases.insert(holder.to_owned(), until);
                if self.leases.len() > MAX_HOLDERS {
                    let first = self.leases.iter().min_by_key(|(holder, held)| (**held, *holder));
                    if let Some(first) = first.map(|(holder, _)| holder.clone()) {
                        self.leases.remove(&first);
                    }
                }
            }
        }
        self.end = self.end.map(|end| end.max(Self::end_of_leases(until)));
        true
    }

    /// Ends a lease; says whether there was one that would have ended later.
    pub(super) fn release(&mut self, holder: &str, at: DateTime<Utc>) -> bool {
        match self.leases.get_mut(holder) {
            Some(held) if *held > at => {
                *held = at;
                true
            }
            Some(_) | None => false,
        }
    }
}
