//! A queue and who has what of it.

use std::collections::VecDeque;
use std::time::Duration;

use clock::{DateTime, Utc};

use super::delta;
use crate::{EntryId, QueueEntry};

/// A queue.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<Waiting>,
    last: u64,
}

struct Waiting {
    number: u64,
    data: Vec<u8>,
    deliveries: u64,
    taken_at: Option<DateTime<Utc>>,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, data: Vec<u8>) {
        self.last += 1;
        self.entries.push_back(Waiting { number: self.last, data, deliveries: 0, taken_at: None });
    }

    pub(super) fn acknowledge(&mut self, id: &EntryId) {
        self.entries.retain(|entry| entry.number.to_string() != id.0);
    }

    /// First what somebody has had for `idle` or longer, then what nobody has.
    pub(super) fn take(&mut self, limit: usize, now: DateTime<Utc>, idle: Duration) -> Vec<QueueEntry> {
        let is_abandoned =
            |entry: &Waiting| entry.taken_at.is_some_and(|taken_at| now - taken_at >= delta(idle));
        let abandoned: Vec<QueueEntry> = self
            .entries
            .iter_mut()
            .filter(|entry| is_abandoned(entry))
            .take(limit)
            .map(|entry| entry.give(now))
            .collect();
        if !abandoned.is_empty() {
            return abandoned;
        }
        let new = self.entries.iter_mut().filter(|entry| entry.taken_at.is_none());
        new.take(limit).map(|entry| entry.give(now)).collect()
    }
}

impl Waiting {
    fn give(&mut self, now: DateTime<Utc>) -> QueueEntry {
        self.taken_at = Some(now);
        self.deliveries += 1;
        QueueEntry {
            id: EntryId(self.number.to_string()),
            data: self.data.clone(),
            deliveries: self.deliveries,
        }
    }
}
