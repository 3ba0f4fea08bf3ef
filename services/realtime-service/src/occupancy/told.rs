//! That a room was closed, told to every replica.

use std::time::Duration;

use signal_protocol::RoomId;
use store::{Key, LogBounds, Word, Write};

use super::{Change, Transition};

/// The log is there for its bell; nobody reads it.
const BOUNDS: LogBounds = LogBounds { max_entries: 1, max_age: Duration::from_secs(1) };

/// What the words begin with that say that a room was closed. No other word of the bell holds a slash.
const CLOSED: &str = "closed/";

/// What tells that the room was closed, if it was.
pub(super) fn closing(room: &RoomId, transitions: &[Transition]) -> Option<Write> {
    let is_closed = |transition: &Transition| matches!(transition.change, Change::Closed { .. });
    transitions.iter().any(is_closed).then(|| Write::Append {
        log: Key::new("closed-rooms", "all"),
        entry: Vec::new(),
        bounds: BOUNDS,
        bell: Some(Word::urgent(format!("{CLOSED}{room}"))),
        attachment: None,
    })
}

/// The room that a word of the tenant's bell says was closed.
pub(crate) fn closed_room(word: &str) -> Option<&str> {
    word.strip_prefix(CLOSED)
}
