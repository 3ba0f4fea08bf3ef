//! Who is to be told when their login is ended.

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signal_protocol::UserId;
use tokio::sync::Notify;

use super::Revocations;
use crate::Caller;

/// How many people of one tenant are watched, far more than one replica has connections for.
const MOST_PEOPLE: usize = 100_000;
/// How often somebody looks for whom there is no room any more.
const WITHOUT_BELL: Duration = Duration::from_secs(1);

/// The people of one tenant whose logins somebody watches. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<People>>);

type People = HashMap<UserId, Arc<Notify>>;

/// A place among them; it takes no room any more once it is dropped.
pub(super) struct Rung {
    /// Taken when this is dropped.
    bell: Option<Arc<Notify>>,
    user: UserId,
    watchers: Watchers,
}

impl Watchers {
    pub(super) fn watch(&self, user: &UserId) -> Option<Rung> {
        let mut people = self.lock();
        let bell = match people.get(user) {
            Some(bell) => Arc::clone(bell),
            None if people.len() >= MOST_PEOPLE => return None,
            None => Arc::clone(people.entry(user.clone()).or_default()),
        };
        Some(Rung { bell: Some(bell), user: user.clone(), watchers: self.clone() })
    }

    pub(super) fn wake(&self, user: &UserId) {
        if let Some(bell) = self.lock().get(user) {
            bell.notify_waiters();
        }
    }

    pub(super) fn wake_all(&self) {
        for bell in self.lock().values() {
            bell.notify_waiters();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, People> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Rung {
    fn drop(&mut self) {
        let mut people = self.watchers.lock();
        // Under the lock: of two that go at once, the second must see that it is the last.
        drop(self.bell.take());
        if people.get(&self.user).is_some_and(|bell| Arc::strong_count(bell) == 1) {
            people.remove(&self.user);
        }
    }
}

/// Watches one login for whoever keeps something open for it.
pub struct LoginWatch {
    revocations: Revocations,
    caller: Arc<Caller>,
    rung: Option<Rung>,
}

impl LoginWatch {
    pub(super) const fn new(revocations: Revocations, caller: Arc<Caller>, rung: Option<Rung>) -> Self {
        Self { revocations, caller, rung }
    }

    /// Completes once the login was ended, at once if it was already. Nothing is lost when it is dropped half way.
    pub async fn ended(&mut self) {
        let bell = self.rung.as_ref().and_then(|rung| rung.bell.as_deref());
        loop {
            let mut rung = pin!(bell.map(Notify::notified));
            if let Some(rung) = rung.as_mut().as_pin_mut() {
                // Before it is looked: what comes after that rings.
                rung.enable();
            }
            if self.revocations.concerns(&self.caller) {
                return;
            }
            match rung.as_pin_mut() {
                Some(rung) => rung.await,
                None => tokio::time::sleep(WITHOUT_BELL).await,
            }
        }
    }
}

impl fmt::Debug for LoginWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LoginWatch").field("caller", &self.caller).finish_non_exhaustive()
    }
}
