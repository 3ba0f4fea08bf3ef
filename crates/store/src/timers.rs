//! Timers: one instant for each member, claimed when it is due, never popped.

use clock::{DateTime, Utc};

use crate::Key;

/// Timers that are due and now belong to the caller for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The server's time.
    pub now: DateTime<Utc>,
    /// What is due, earliest first.
    pub due: Vec<Due>,
    /// When the next timer is due, those just claimed included.
    pub next: Option<DateTime<Utc>>,
}

/// A timer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Whose.
    pub member: Key,
    /// For when it was set, or until when somebody who then died held it.
    pub at: DateTime<Utc>,
}

/// How many timers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerCount {
    /// All of them.
    pub total: u64,
    /// Those that are due by now.
    pub overdue: u64,
}
