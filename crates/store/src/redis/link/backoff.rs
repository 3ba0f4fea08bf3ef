//! How long to wait between attempts.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(40);
const LONGEST: Duration = Duration::from_secs(1);

/// The attempts since things were last in order.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The wait before the next attempt: none at first, then doubling up to a second. A random half of it is left out, so
    /// that the replicas of a service that lost one server do not all come back in the same instant.
    pub(super) fn next(&mut self) -> Duration {
        let attempt = self.attempts;
        self.attempts = self.attempts.saturating_add(1);
        let Some(doublings) = attempt.checked_sub(1) else { return Duration::ZERO };
        let longest = FIRST.saturating_mul(1 << doublings.min(16)).min(LONGEST);
        longest.mul_f64(rand::random_range(0.5..=1.0))
    }

    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_none_to_a_second() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(), Duration::ZERO);
        for expected in [40, 80, 160, 320, 640, 1000, 1000] {
            let expected = Duration::from_millis(expected);
            let wait = backoff.next();
            assert!(wait >= expected / 2 && wait <= expected, "{wait:?} is not up to {expected:?}");
        }
        backoff.reset();
        assert_eq!(backoff.next(), Duration::ZERO);
    }
}
