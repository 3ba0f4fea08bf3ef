//! How often somebody may ask.

mod bounded;

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::RateLimiter;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::NoOpMiddleware;
use identity::Caller;
use signal_protocol::ErrorCode;

use crate::Problem;
use bounded::{Bounded, Room};

/// How often, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota(governor::Quota);

impl Quota {
    /// So many in a minute, evenly spread, all of them at once at most.
    #[must_use]
    pub const fn per_minute(count: NonZeroU32) -> Self {
        Self(governor::Quota::per_minute(count))
    }

    /// So many in a second, evenly spread, all of them at once at most.
    #[must_use]
    pub const fn per_second(count: NonZeroU32) -> Self {
        Self(governor::Quota::per_second(count))
    }

    /// Lets at most `burst` come at once.
    #[must_use]
    pub const fn burst(self, burst: NonZeroU32) -> Self {
        Self(self.0.allow_burst(burst))
    }
}

/// Counts by key, each key on its own.
///
/// Remembers a bounded number of keys. Keys that have their whole quota again are forgotten as the number grows; if
/// all the room is taken by keys that do not, keys beyond it are let through uncounted: refusing them would let whoever
/// makes up keys shut everybody out.
pub struct Limiter<K: Hash + Eq + Clone> {
    states: RateLimiter<K, Bounded<K>, DefaultClock, NoOpMiddleware<Instant>>,
    burst: NonZeroU32,
    room: Arc<Room>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// The most keys that are remembered, some 100 bytes each.
    const MOST_KEYS: usize = 100_000;

    /// Counts against `quota`.
    #[must_use]
    pub fn new(quota: Quota) -> Self {
        Self::with_room_for(Self::MOST_KEYS, quota)
    }

    fn with_room_for(keys: usize, quota: Quota) -> Self {
        let clock = DefaultClock::default();
        let states = Bounded::new(keys);
        let room = states.room();
        let burst = quota.0.burst_size();
        Self { states: RateLimiter::new(quota.0, states, clock.clone()), burst, room, clock }
    }

    /// Counts one for `key`.
    ///
    /// # Errors
    /// 429 `rate_limited`, with the seconds until one more is free; nothing is counted then.
    pub fn check(&self, key: &K) -> Result<(), Problem> {
        self.check_many(key, NonZeroU32::MIN)
    }

    /// Counts `count` for `key`, all or nothing. More than may come at once count as that many, or they could never come.
    ///
    /// # Errors
    /// 429 `rate_limited`, with the seconds until so many are free; nothing is counted then.
    ///
    /// # Panics
    /// Never: no more are asked for than may come at once.
    pub fn check_many(&self, key: &K, count: NonZeroU32) -> Result<(), Problem> {
        let outcome = self
            .states
            .check_key_n(key, count.min(self.burst))
            .expect("no more are asked for than may come at once");
        if self.room.is_crowded() {
            self.states.retain_recent();
            self.room.forgot(self.states.len());
        }
        outcome.map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            Problem::new(ErrorCode::RateLimited).retry_after(whole_seconds(wait))
        })
    }
}

/// Rounded up: a client that comes back after so long is in time.
fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

/// Counts by caller, across all devices and sessions of theirs.
pub struct PerCaller {
    limiter: Limiter<u64>,
    /// Callers are told apart by a keyed hash: eight bytes instead of two strings, and nobody can aim at a collision.
    hasher: RandomState,
}

impl PerCaller {
    /// Counts against `quota`.
    #[must_use]
    pub fn new(quota: Quota) -> Self {
        Self { limiter: Limiter::new(quota), hasher: RandomState::new() }
    }

    /// Counts one for `caller`.
    ///
    /// # Errors
    /// 429 `rate_limited`, with the seconds until one more is free.
    pub fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.limiter.check(&self.hasher.hash_one((&caller.tenant, &caller.user)))
    }

    /// Counts `count` for `caller`, all or nothing. More than may come at once count as that many.
    ///
    /// # Errors
    /// 429 `rate_limited`, with the seconds until so many are free.
    pub fn check_many(&self, caller: &Caller, count: NonZeroU32) -> Result<(), Problem> {
        self.limiter.check_many(&self.hasher.hash_one((&caller.tenant, &caller.user)), count)
    }

    /// Counts one for `caller` and `subject`, which is somebody or something of the caller's tenant: each has a quota
    /// of its own.
    ///
    /// # Errors
    /// 429 `rate_limited`, with the seconds until one more is free.
    pub fn check_about(&self, caller: &Caller, subject: &impl Hash) -> Result<(), Problem> {
        self.limiter.check(&self.hasher.hash_one((&caller.tenant, &caller.user, subject)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).expect("at least one")
    }

    #[test]
    fn each_key_has_its_own_burst_and_then_waits() {
        let limiter = Limiter::new(Quota::per_minute(times(6)).burst(times(2)));
        for key in ["alice", "bob"] {
            assert_eq!(limiter.check(&key), Ok(()));
            assert_eq!(limiter.check(&key), Ok(()));
            let refused = limiter.check(&key).expect_err("the third at once");
            assert_eq!(refused.code(), ErrorCode::RateLimited);
            assert!((1..=10).contains(&refused.retry_seconds().expect("when to come back")), "{refused:?}");
        }
    }

    #[test]
    fn many_are_counted_at_once_or_not_at_all_and_no_number_is_too_large_to_come() {
        let limiter = Limiter::new(Quota::per_minute(times(10)));
        assert_eq!(limiter.check_many(&"alice", times(6)), Ok(()));
        let refused = limiter.check_many(&"alice", times(5)).expect_err("only four are left");
        assert!((1..=6).contains(&refused.retry_seconds().expect("when to come back")), "{refused:?}");
        assert_eq!(limiter.check_many(&"alice", times(4)), Ok(()), "nothing was counted");
        assert_eq!(limiter.check_many(&"bob", times(1_000)), Ok(()));
        assert!(limiter.check(&"bob").is_err());
    }

    #[test]
    fn keys_beyond_the_room_are_let_through_and_the_others_still_counted() {
        let limiter = Limiter::with_room_for(3, Quota::per_minute(times(1)));
        for key in 0..3 {
            assert_eq!(limiter.check(&key), Ok(()));
        }
        for _ in 0..5 {
            assert_eq!(limiter.check(&99), Ok(()));
            assert!(limiter.check(&0).is_err());
        }
        assert_eq!(limiter.states.len(), 3);
    }

    #[test]
    fn keys_with_their_whole_quota_are_forgotten_as_the_number_grows() {
        let limiter = Limiter::with_room_for(50_000, Quota::per_second(times(1_000_000)));
        for key in 0..20_000 {
            assert_eq!(limiter.check(&key), Ok(()));
        }
        assert!(limiter.states.len() < 20_000, "{} keys are kept", limiter.states.len());
    }

    #[test]
    fn the_wait_is_rounded_up() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_999, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }
}
