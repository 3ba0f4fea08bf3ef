//! What each reader of a log has not consumed yet.

use std::collections::BTreeMap;

use clock::{DateTime, Utc};

use crate::Key;

/// The attachments of a log that are for one reader, until they are consumed.
#[derive(Default)]
pub(super) struct Notes(BTreeMap<String, OfReader>);

struct OfReader {
    /// The newest entry that each record is attached to.
    offsets: BTreeMap<Key, u64>,
    end: DateTime<Utc>,
}

impl Notes {
    /// Notes an attachment. All of this reader's are kept until `end`, and none of an entry up to `floor`.
    pub(super) fn add(
        &mut self,
        reader: &str,
        record: Key,
        offset: u64,
        floor: u64,
        now: DateTime<Utc>,
        end: DateTime<Utc>,
    ) {
        self.0.retain(|_, notes| notes.end >= now);
        let offsets = BTreeMap::new();
        let notes = self.0.entry(reader.to_owned()).or_insert(OfReader { offsets, end });
        notes.offsets.retain(|_, offset| *offset > floor);
        notes.offsets.insert(record, offset);
        notes.end = end;
    }

    /// How many there are for `reader`, of entries behind `floor` and up to `up_to`.
    pub(super) fn count(&self, reader: &str, floor: u64, up_to: u64, now: DateTime<Utc>) -> u64 {
        let notes = self.0.get(reader).filter(|notes| notes.end >= now);
        let is_asked_for = |offset: &&u64| **offset > floor && **offset <= up_to;
        notes.map_or(0, |notes| notes.offsets.values().filter(is_asked_for).count() as u64)
    }

    /// Removes those of `reader` up to an offset, and gives their records.
    pub(super) fn take(&mut self, reader: &str, up_to: u64, now: DateTime<Utc>) -> Vec<Key> {
        let Some(notes) = self.0.get_mut(reader).filter(|notes| notes.end >= now) else { return Vec::new() };
        let (taken, left) =
            std::mem::take(&mut notes.offsets).into_iter().partition(|(_, offset)| *offset <= up_to);
        notes.offsets = left;
        let taken: BTreeMap<Key, u64> = taken;
        taken.into_keys().collect()
    }
}
