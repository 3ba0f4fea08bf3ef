//! What becomes of a call: drawn before it begins, as parts of the longest ring.

use std::time::Duration;

use rand::Rng as _;

/// What becomes of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    /// How long it is asked to ring at most.
    pub(super) ring: Duration,
    pub(super) turn: Turn,
}

/// After which time what is done to the ring.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// It is left to its deadline.
    Left,
    Cancelled(Duration),
    Declined(Duration),
    /// It is answered, and hung up after the second time.
    Accepted(Duration, Duration),
}

impl Fate {
    /// By chance; `longest` is the longest ring that may be asked for.
    pub(super) fn drawn(longest: Duration) -> Self {
        let mut dice = rand::rng();
        let mut part = |from: f64, to: f64| longest.mul_f64(dice.random_range(from..to));
        let (long, short, talk) = (part(0.5, 0.9), part(0.1, 0.3), part(0.15, 0.3));
        // Seconds are whole ones.
        let left = Duration::from_secs(part(0.3, 0.6).as_secs().max(1));
        let (ring, turn) = match dice.random_range(0..100) {
            // Most are long: they are there before, during and after whatever is done to the servers.
            0..35 => (longest, Turn::Cancelled(long)),
            35..55 => (left, Turn::Left),
            55..70 => (longest, Turn::Declined(short)),
            _ => (longest, Turn::Accepted(short, talk)),
        };
        Self { ring, turn }
    }
}
