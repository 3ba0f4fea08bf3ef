//! What time it is, as a value that is passed along.
//!
//! The only crate that may read the wall clock. Everything else is given a [`Clock`], or better an instant, so that
//! a test can stand at the very second a token expires.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub use chrono::{DateTime, Duration, Utc};

/// A source of the current time. Cheap to clone; clones of a manual clock move together.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's wall clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` (to the millisecond) until it is told to move.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.timestamp_millis()))))
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
            Source::System => Utc::now(),
            Source::Manual(millis) => DateTime::from_timestamp_millis(millis.load(Ordering::Relaxed))
                .unwrap_or(DateTime::UNIX_EPOCH),
        }
    }

    /// Moves a manual clock by `step`, backwards too. A system clock stays what it is.
    pub fn advance(&self, step: Duration) {
        if let Source::Manual(millis) = &self.0 {
            millis.fetch_add(step.num_milliseconds(), Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            Source::System => "system",
            Source::Manual(_) => "manual",
        };
        write!(formatter, "Clock({kind}, {})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_move_together() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let other = clock.clone();
        clock.advance(Duration::seconds(90));
        assert_eq!(other.now(), DateTime::UNIX_EPOCH + Duration::seconds(90));
    }

    #[test]
    fn a_system_clock_cannot_be_moved() {
        let clock = Clock::system();
        let before = clock.now();
        clock.advance(Duration::days(1));
        assert!(clock.now() - before < Duration::hours(1));
    }
}
