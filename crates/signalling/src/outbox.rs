//! What waits to be sent: how much, and whether it moves.

use crate::{Limits, Moment};

/// Counts what was handed to the driver and has not left yet. The messages themselves are with the driver.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: usize,
    /// When something left, or began to wait where nothing did.
    moved_at: Moment,
}

impl Outbox {
    /// One more waits. `false`: it is one too many.
    pub(crate) fn take(&mut self, limits: &Limits, now: Moment) -> bool {
        if self.waiting == 0 {
            self.moved_at = now;
        }
        self.waiting += 1;
        self.waiting <= limits.queue
    }

    /// One has left.
    pub(crate) fn sent(&mut self, now: Moment) {
        self.waiting = self.waiting.saturating_sub(1);
        self.moved_at = now;
    }

    /// How many events may be read now. None until half of the room is free, or each message that leaves would be followed
    /// by a reading of one.
    pub(crate) fn room(&self, limits: &Limits) -> usize {
        if self.waiting <= limits.read_ahead / 2 { limits.read_ahead - self.waiting } else { 0 }
    }

    /// When the client reads too slowly, unless something leaves before.
    pub(crate) fn stalls_at(&self, limits: &Limits) -> Option<Moment> {
        (self.waiting > 0).then(|| self.moved_at + limits.stall)
    }
}
