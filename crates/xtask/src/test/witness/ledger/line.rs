//! One device: whether anything tells it of what happens, and the ids of what it was told.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

/// As many ids as a log holds events (docs/protocol.md).
const IDS: usize = 1_000;

/// By what a device is told of everything again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Back {
    /// Its first socket.
    First,
    /// Another socket, on which everything missed follows.
    Resumed,
    /// A state to go on from, because not everything can be told.
    Anew,
    /// Polls, until there is a socket.
    Polling {
        /// Whether everything missed was in it.
        recovered: bool,
    },
}

#[derive(Default)]
pub(super) struct Line {
    has_socket: bool,
    silent_since: Option<Instant>,
    /// When it was last told to start anew: what was to come before is not missing.
    anew_at: Option<Instant>,
    seen: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Line {
    pub(super) const fn has_socket(&self) -> bool {
        self.has_socket
    }

    pub(super) fn silent_for(&self, now: Instant) -> Option<Duration> {
        self.silent_since.map(|since| now - since)
    }

    pub(super) fn gone(&mut self, now: Instant) {
        self.has_socket = false;
        self.silent_since.get_or_insert(now);
    }

    /// Gives how long it was told nothing.
    pub(super) fn back(&mut self, back: Back, now: Instant) -> Duration {
        match back {
            Back::First | Back::Resumed => self.has_socket = true,
            Back::Anew => {
                self.has_socket = true;
                self.anew_at = Some(now);
            }
            Back::Polling { recovered: true } => {}
            Back::Polling { recovered: false } => self.anew_at = Some(now),
        }
        self.silent_since.take().map(|since| now - since).unwrap_or_default()
    }

    /// Whether what was to come since then is excused.
    pub(super) fn started_anew_after(&self, since: Instant) -> bool {
        self.anew_at.is_some_and(|anew| anew >= since)
    }

    /// Whether this id was not among the last thousand.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        // Eight bytes instead of forty: nobody here aims at a collision.
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let id = hasher.finish();
        if !self.seen.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}
