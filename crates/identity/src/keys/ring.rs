//! The keys of one issuer as they stand now, and the rule of when an unknown one is worth another reading.

use std::sync::Arc;
use std::time::Duration;

use clock::{DateTime, Duration as TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Key;
use super::set::{KeySet, Lookup};
use crate::refusal::TokenRefused::{self, Invalid, Unavailable};
use crate::settings::IdentitySettings;
use crate::{Algorithm, refusal::reason};

/// The last good keys of one issuer. Readings are single: whoever wants one while one is under way waits for that one.
#[derive(Debug)]
pub(crate) struct KeyRing {
    state: watch::Sender<State>,
    cool_down: TimeDelta,
    wait: Duration,
}

#[derive(Debug)]
struct State {
    keys: Option<Arc<KeySet>>,
    last_good: Option<DateTime<Utc>>,
    reading: bool,
    /// How many readings have ended, well or not.
    readings: u64,
    /// When an unknown key last caused a reading. Failures count, and the regular readings do not: a key that
    /// appears just after one of those need not wait.
    asked_at: Option<DateTime<Utc>>,
}

impl KeyRing {
    /// A ring without keys, whose first reading is about to begin.
    pub(crate) fn new(settings: &IdentitySettings) -> Self {
        let state = State { keys: None, last_good: None, reading: true, readings: 0, asked_at: None };
        Self {
            state: watch::Sender::new(state),
            cool_down: TimeDelta::milliseconds(settings.jwks_cool_down_ms.into()),
            wait: Duration::from_millis(settings.jwks_wait_ms.into()),
        }
    }

    /// The key with this id for this algorithm. An unknown id may cause one reading of the keys, and waits for it.
    ///
    /// # Errors
    /// `Unavailable` only while no key set has ever been read.
    pub(crate) async fn key(
        &self,
        id: &str,
        algorithm: Algorithm,
        now: DateTime<Utc>,
    ) -> Result<Arc<Key>, TokenRefused> {
        if self.lacks(id, algorithm) {
            // Late is no fault here: what there is then decides.
            drop(timeout(self.wait, self.read_for(id, algorithm, now)).await);
        }
        match self.look_up(id, algorithm) {
            Some(Lookup::Found(key)) => Ok(key),
            Some(Lookup::OtherAlgorithm) => Err(Invalid(reason::ALGORITHM)),
            Some(Lookup::Unknown) => Err(Invalid(reason::UNKNOWN_KEY)),
            None => Err(Unavailable),
        }
    }

    /// When a key set was last read well.
    pub(crate) fn last_good(&self) -> Option<DateTime<Utc>> {
        self.state.borrow().last_good
    }

    /// Completes once a key set has been read.
    pub(crate) async fn filled(&self) {
        self.until(|state| state.keys.is_some()).await;
    }

    fn look_up(&self, id: &str, algorithm: Algorithm) -> Option<Lookup> {
        self.state.borrow().keys.as_ref().map(|keys| keys.find(id, algorithm))
    }

    fn lacks(&self, id: &str, algorithm: Algorithm) -> bool {
        matches!(self.look_up(id, algorithm), None | Some(Lookup::Unknown))
    }

    /// Waits for a reading that may bring this key.
    async fn read_for(&self, id: &str, algorithm: Algorithm, now: DateTime<Utc>) {
        let was_under_way = self.await_reading(now).await;
        // A reading that was under way may have been answered just before the key was published.
        if was_under_way && self.lacks(id, algorithm) {
            self.await_reading(now).await;
        }
    }

    /// Waits for the reading under way, or for a new one if the last unknown key is long enough ago; tells whether it
    /// was under way.
    async fn await_reading(&self, now: DateTime<Utc>) -> bool {
        let mut awaited = None;
        let begins = self.state.send_if_modified(|state| {
            // Without any keys the refresh tries again by itself, and quickly.
            let begins = !state.reading && state.keys.is_some() && self.has_cooled_down(state.asked_at, now);
            if begins {
                state.reading = true;
                state.asked_at = Some(now);
            }
            awaited = state.reading.then_some(state.readings + 1);
            begins
        });
        if let Some(awaited) = awaited {
            self.until(|state| state.readings >= awaited).await;
        }
        awaited.is_some() && !begins
    }

    /// A clock that was set back must not keep new keys out until it has caught up. But a token may be late with its
    /// `now`, having waited while another one asked, and that is no reason to ask again.
    fn has_cooled_down(&self, asked_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        asked_at.is_none_or(|asked_at| (now - asked_at).abs() >= self.cool_down)
    }

    /// The set in use.
    pub(super) fn current(&self) -> Option<Arc<KeySet>> {
        self.state.borrow().keys.clone()
    }

    /// Completes when an unknown key asks for a reading.
    pub(super) async fn asked(&self) {
        self.until(|state| state.reading).await;
    }

    async fn until(&self, holds: impl FnMut(&State) -> bool) {
        let mut watcher = self.state.subscribe();
        // It fails only when the sender is gone, and that is `self`. What it gives is a lock, not to be kept.
        drop(watcher.wait_for(holds).await);
    }

    pub(super) fn begin(&self) {
        self.state.send_modify(|state| state.reading = true);
    }

    /// Ends a reading. A set that was read replaces the one in use; keys that are not in it lose their worth at once.
    pub(super) fn conclude(&self, read: Option<Arc<KeySet>>, now: DateTime<Utc>) {
        let replaced = self.current();
        self.state.send_modify(|state| {
            state.reading = false;
            state.readings += 1;
            if let Some(keys) = read.clone() {
                state.keys = Some(keys);
                state.last_good = Some(now);
            }
        });
        if let (Some(replaced), Some(read)) = (replaced, read) {
            replaced.without(&read).for_each(|key| key.withdraw());
        }
    }
}
