//! Whether the client is still there.

use std::time::Duration;

use crate::{Limits, Moment};

/// When the next ping is due, and how many went by in silence.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    next: Moment,
    unanswered: u32,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Nothing yet.
    Rest,
    /// A ping.
    Ping,
    /// The end: the client is gone.
    Dead,
}

impl Pulse {
    pub(crate) fn new(every: Duration, now: Moment) -> Self {
        Self { next: now + every, unanswered: 0 }
    }

    /// Looks at the time. Pings are `every` so often from here on.
    pub(crate) fn beat(&mut self, limits: &Limits, every: Duration, now: Moment) -> Beat {
        if now < self.next {
            return Beat::Rest;
        }
        if self.unanswered >= limits.missed_pings {
            return Beat::Dead;
        }
        self.unanswered += 1;
        // From now, not from when it was due: a server that was late has not given the client time to answer.
        self.next = now + every;
        Beat::Ping
    }

    /// The client was heard. Any word of it tells as much as a pong.
    pub(crate) fn heard(&mut self) {
        self.unanswered = 0;
    }

    /// From now on the client is pinged `every` so often, or at least not later than that from now.
    pub(crate) fn hurry(&mut self, every: Duration, now: Moment) {
        self.next = self.next.min(now + every);
    }

    pub(crate) fn next(&self) -> Moment {
        self.next
    }
}
