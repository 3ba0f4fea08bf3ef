//! What came of an event.

use super::Transition;

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Why, or why not.
    pub(crate) verdict: Verdict,
    /// What happened by it, in order.
    pub(crate) transitions: Vec<Transition>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It happened, as far as the record knew.
    Applied,
    /// The record says so already.
    Known,
    /// It is about a room, or a connection, that is not the one that the record knows: an older one, or one that is over.
    Stale,
    /// It cannot be told which of two rooms it is about.
    Unknown,
    /// Somebody left who is there still, on another connection.
    Ignored,
}

impl Verdict {
    /// The word for metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Known => "known",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Ignored => "ignored",
        }
    }
}
