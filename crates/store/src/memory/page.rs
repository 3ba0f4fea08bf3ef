//! Parts of a log, with what is attached to their entries.

use std::time::Duration;

use clock::{DateTime, Utc};

use super::delta;
use super::log::Entry;
use super::state::{State, Thing};
use crate::{Attached, Key, LogEntry, LogPage, MAX_PAGE_BYTES, StoreError};

/// Which way a log is read, and from where.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    After(u64, Option<&'a str>),
    Before(Option<u64>),
}

impl State {
    pub(super) fn page(
        &mut self,
        key: &Key,
        part: Part<'_>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<LogPage, StoreError> {
        if let Some(log) = self.log(key)? {
            log.forget(now);
        }
        let epoch = self.epoch.clone();
        let Some(log) = self.log_as_it_is(key) else {
            let entries = Vec::new();
            return Ok(LogPage { entries, has_unconsumed: false, last: 0, floor: 0, born: 0, epoch, now });
        };
        let (found, reader, has_unconsumed) = match part {
            Part::After(after, reader) => {
                let mut unconsumed = reader.into_iter().flat_map(|reader| log.unconsumed(reader, after));
                (log.after(after, limit), reader, unconsumed.next().is_some())
            }
            Part::Before(before) => (log.before(before, limit), None, false),
        };
        let entry = |(offset, entry): (u64, &Entry)| {
            Ok::<_, StoreError>(LogEntry {
                offset,
                data: entry.data.clone(),
                attachment: self.attached(entry, reader)?,
            })
        };
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for found in found {
            let entry: LogEntry = entry(found)?;
            bytes += entry.size();
            entries.push(entry);
            if matches!(part, Part::After(..)) && bytes >= MAX_PAGE_BYTES {
                break;
            }
        }
        let (last, floor, born) = (log.last, log.floor, log.born);
        Ok(LogPage { entries, has_unconsumed, last, floor, born, epoch, now })
    }

    fn attached(&self, entry: &Entry, reader: Option<&str>) -> Result<Attached, StoreError> {
        let Some(attachment) = &entry.attachment else { return Ok(Attached::None) };
        if attachment.is_for_another_than(reader) {
            return Ok(Attached::Elsewhere);
        }
        let data = self.record(&attachment.record)?.and_then(|record| record.data.clone());
        Ok(data.map_or(Attached::Gone, Attached::Data))
    }

    /// What is attached for `reader` up to an offset, if the log is the one that was born then, and is now consumed.
    pub(super) fn consume(
        &mut self,
        log: &Key,
        reader: &str,
        born: u64,
        up_to: u64,
        now: DateTime<Utc>,
    ) -> Result<Vec<Key>, StoreError> {
        let log = self.log(log)?.filter(|log| log.born == born);
        Ok(log.map(|log| log.consume(reader, up_to, now)).unwrap_or_default())
    }

    /// Lets a record, if there is one, end within a time.
    pub(super) fn shorten(&mut self, key: &Key, within: Duration, now: DateTime<Utc>) {
        let end = now + delta(within);
        match self.remove(key) {
            Some(Thing::Record(mut record)) => {
                record.end = Some(record.end.map_or(end, |old| old.min(end)));
                self.put(key.clone(), Thing::Record(record));
            }
            Some(other @ (Thing::Log(_) | Thing::Queue(_))) => self.put(key.clone(), other),
            None => {}
        }
    }
}
