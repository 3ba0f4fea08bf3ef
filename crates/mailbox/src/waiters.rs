//! Who waits for which bell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signal_protocol::UserId;
use tokio::sync::watch;

/// How many people of one tenant can be waited for on one replica, far more than it has connections for.
const MOST_PEOPLE: usize = 100_000;
/// How often somebody looks for whom there is no room any more, or whose tenant has no bell.
const WITHOUT_BELL: Duration = Duration::from_secs(1);

/// The people of one tenant who are waited for. Cheap to clone; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Waiters {
    people: Arc<Mutex<HashMap<UserId, watch::Sender<()>>>>,
    most: usize,
}

impl Waiters {
    pub(crate) fn new() -> Self {
        Self::with_room_for(MOST_PEOPLE)
    }

    fn with_room_for(most: usize) -> Self {
        Self { people: Arc::default(), most }
    }

    /// Begins to wait for `user`.
    pub(crate) fn watch(&self, user: &UserId) -> Watch {
        let mut people = self.lock();
        let rung = match people.get(user) {
            Some(bell) => bell.subscribe(),
            None if people.len() >= self.most => return Watch::without_bell(),
            None => {
                let (bell, rung) = watch::channel(());
                people.insert(user.clone(), bell);
                rung
            }
        };
        Watch(Some(Registered { rung: Some(rung), user: user.clone(), waiters: self.clone() }))
    }

    /// Wakes everybody who waits for the one named `word`; most often nobody does, here.
    pub(crate) fn wake(&self, word: &str) {
        let Ok(user) = UserId::parse(word) else { return };
        if let Some(bell) = self.lock().get(&user) {
            bell.send_replace(());
        }
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        for bell in self.lock().values() {
            bell.send_replace(());
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, watch::Sender<()>>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waiting for news of one person. Make it before the log is read, so that nothing falls between; it takes no room any
/// more once it is dropped.
#[derive(Debug)]
pub struct Watch(Option<Registered>);

#[derive(Debug)]
struct Registered {
    /// Taken when this is dropped.
    rung: Option<watch::Receiver<()>>,
    user: UserId,
    waiters: Waiters,
}

impl Watch {
    /// One that no bell wakes. It looks by itself, so that nobody is ever left waiting.
    pub(crate) const fn without_bell() -> Self {
        Self(None)
    }

    /// Completes once there may be something new since this was made, or since the last time it completed. Read the log
    /// then; there may be nothing. Nothing is lost when this is dropped half way.
    pub async fn rung(&mut self) {
        let registered = self.0.as_mut().and_then(|registered| registered.rung.as_mut());
        let rung = match registered {
            Some(rung) => rung.changed().await.is_ok(),
            None => false,
        };
        // The bell hangs for as long as anybody waits for it, so this is for those without one.
        if !rung {
            tokio::time::sleep(WITHOUT_BELL).await;
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut people = self.waiters.lock();
        // Under the lock: of two that go at once, the second must see that it is the last.
        drop(self.rung.take());
        if people.get(&self.user).is_some_and(|bell| bell.receiver_count() == 0) {
            people.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).expect("it is well formed")
    }

    fn is_rung(watch: &mut Watch) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        matches!(pin!(watch.rung()).poll(&mut context), Poll::Ready(()))
    }

    #[test]
    fn a_bell_wakes_those_it_rings_for_once_and_nobody_else() {
        let waiters = Waiters::new();
        let mut alices = [waiters.watch(&user("alice")), waiters.watch(&user("alice"))];
        let mut bob = waiters.watch(&user("bob"));
        waiters.wake("alice");
        waiters.wake("alice");
        waiters.wake("nobody waits for me");
        assert!(alices.iter_mut().all(is_rung) && !is_rung(&mut bob));
        assert!(!alices.iter_mut().any(is_rung), "once is enough: they read everything there is");
        waiters.wake_all();
        assert!(alices.iter_mut().all(is_rung) && is_rung(&mut bob));
    }

    #[test]
    fn what_rang_before_somebody_waited_is_not_theirs_and_what_rang_before_they_asked_is() {
        let waiters = Waiters::new();
        let mut early = waiters.watch(&user("alice"));
        waiters.wake("alice");
        let mut late = waiters.watch(&user("alice"));
        assert!(is_rung(&mut early) && !is_rung(&mut late));
    }

    #[test]
    fn whoever_stops_waiting_leaves_nothing_behind() {
        let waiters = Waiters::new();
        let (first, second) = (waiters.watch(&user("alice")), waiters.watch(&user("alice")));
        let other = waiters.watch(&user("bob"));
        assert_eq!(waiters.len(), 2);
        drop(first);
        assert_eq!(waiters.len(), 2);
        drop(second);
        assert_eq!(waiters.len(), 1);
        drop(other);
        assert_eq!(waiters.len(), 0);
    }

    #[test]
    fn nothing_is_left_behind_by_many_who_come_and_go_at_once() {
        let waiters = Waiters::new();
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for turn in 0..2_000 {
                        let watch = waiters.watch(&user(["alice", "bob"][turn % 2]));
                        waiters.wake("alice");
                        drop(watch);
                    }
                });
            }
        });
        assert_eq!(waiters.len(), 0);
    }

    #[tokio::test]
    async fn for_whom_there_is_no_room_is_not_left_waiting() {
        let waiters = Waiters::with_room_for(1);
        let alice = waiters.watch(&user("alice"));
        let mut bob = waiters.watch(&user("bob"));
        assert_eq!(waiters.len(), 1);
        bob.rung().await;
        drop(bob);
        assert_eq!(waiters.len(), 1);
        drop(alice);
        assert_eq!(waiters.len(), 0);
    }
}
