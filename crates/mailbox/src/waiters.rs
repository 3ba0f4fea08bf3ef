//! Who waits for which bell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use signal_protocol::{DeviceId, UserId};
use store::Brought;
use tokio::sync::watch;
use uuid::Uuid;

use crate::session::{Opening, of_word};

/// How many people of one tenant can be waited for on one replica, far more than it has connections for.
const MOST_PEOPLE: usize = 100_000;
/// How often somebody looks for whom there is no room any more, or whose tenant has no bell.
const WITHOUT_BELL: Duration = Duration::from_secs(1);

/// What rang for one person, counted, so that it is seen by whoever looks late. Counts begin anew after the last.
#[derive(Debug, Default)]
struct Rung {
    /// How often there was news.
    news: u32,
    /// How many sockets were opened.
    openings: u32,
    /// The last of them.
    last: Option<Opening>,
    /// What came with the last news.
    brought: Weak<Brought>,
}

impl Rung {
    fn news(&mut self, brought: Option<&Arc<Brought>>) {
        self.news = self.news.wrapping_add(1);
        self.brought = brought.map(Arc::downgrade).unwrap_or_default();
    }
}

/// The people of one tenant who are waited for. Cheap to clone; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Waiters {
    people: Arc<Mutex<HashMap<UserId, watch::Sender<Rung>>>>,
    most: usize,
}

impl Waiters {
    pub(crate) fn new() -> Self {
        Self::with_room_for(MOST_PEOPLE)
    }

    fn with_room_for(most: usize) -> Self {
        Self { people: Arc::default(), most }
    }

    /// Begins to wait for `user`; with a `device`, also for other sockets of it.
    pub(crate) fn watch(&self, user: &UserId, device: Option<&DeviceId>) -> Watch {
        let mut people = self.lock();
        let mut bell = match people.get(user) {
            Some(bell) => bell.subscribe(),
            None if people.len() >= self.most => return Watch::without_bell(),
            None => {
                let (bell, rung) = watch::channel(Rung::default());
                people.insert(user.clone(), bell);
                rung
            }
        };
        let (news, openings) = {
            let rung = bell.borrow_and_update();
            (rung.news, rung.openings)
        };
        let device = device.cloned();
        let (user, waiters) = (user.clone(), self.clone());
        Watch(Some(Registered { bell: Some(bell), news, openings, device, own: None, user, waiters }))
    }

    /// Wakes those who wait for what `word` names, and tells whether anybody does; most often nobody, here.
    pub(crate) fn wake(&self, word: &str, brought: Option<&Arc<Brought>>) -> bool {
        let (user, opening) = of_word(word).map_or((word, None), |(user, opening)| (user, Some(opening)));
        let Ok(user) = UserId::parse(user) else { return false };
        let people = self.lock();
        let Some(bell) = people.get(&user) else { return false };
        bell.send_modify(|rung| match opening {
            Some(opening) => {
                rung.openings = rung.openings.wrapping_add(1);
                rung.last = Some(opening);
                // It stands behind what was brought.
                rung.brought = Weak::new();
            }
            None => rung.news(brought),
        });
        true
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        for bell in self.lock().values() {
            bell.send_modify(|rung| rung.news(None));
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, watch::Sender<Rung>>> {
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
    bell: Option<watch::Receiver<Rung>>,
    /// As much as was seen of it.
    news: u32,
    openings: u32,
    /// Whose other sockets are to be told of.
    device: Option<DeviceId>,
    /// The socket that waits itself.
    own: Option<Uuid>,
    user: UserId,
    waiters: Waiters,
}

impl Watch {
    /// One that no bell wakes. It looks by itself, so that nobody is ever left waiting.
    pub(crate) const fn without_bell() -> Self {
        Self(None)
    }

    /// Whoever waits is about to be written down as this session, and need not be told of it.
    pub fn opens(&mut self, session: Uuid) {
        if let Some(registered) = &mut self.0 {
            registered.own = Some(session);
        }
    }

    /// Completes once there may be something new since this was made, or since the last time it completed. Read the log
    /// then; there may be nothing. Nothing is lost when this is dropped half way.
    pub async fn rung(&mut self) {
        let rung = match &mut self.0 {
            Some(registered) => registered.rung().await,
            None => false,
        };
        // The bell hangs for as long as anybody waits for it, so this is for those without one.
        if !rung {
            tokio::time::sleep(WITHOUT_BELL).await;
        }
    }
}

impl Watch {
    /// What came with the last ring, for [`Mailbox::read`](crate::Mailbox::read): there may be no need to ask the store. Only
    /// for what is read because it rang.
    #[must_use]
    pub fn brought(&self) -> Option<Arc<Brought>> {
        self.0.as_ref()?.bell.as_ref()?.borrow().brought.upgrade()
    }
}

impl Registered {
    /// Whether there is a bell at all.
    async fn rung(&mut self) -> bool {
        let Some(bell) = &mut self.bell else { return false };
        while bell.changed().await.is_ok() {
            let rung = bell.borrow_and_update();
            let opened = rung.openings.wrapping_sub(self.openings);
            let concerns = |opening: &Opening| {
                self.device.as_ref() == Some(&opening.device) && self.own != Some(opening.session)
            };
            // Of several at once only the last is known.
            let may_concern = match opened {
                0 => false,
                1 => rung.last.as_ref().is_some_and(concerns),
                _several => self.device.is_some(),
            };
            let is_for_us = rung.news != self.news || may_concern;
            (self.news, self.openings) = (rung.news, rung.openings);
            if is_for_us {
                return true;
            }
        }
        false
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut people = self.waiters.lock();
        // Under the lock: of two that go at once, the second must see that it is the last.
        drop(self.bell.take());
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
        let mut alices = [waiters.watch(&user("alice"), None), waiters.watch(&user("alice"), None)];
        let mut bob = waiters.watch(&user("bob"), None);
        waiters.wake("alice", None);
        waiters.wake("alice", None);
        waiters.wake("nobody waits for me", None);
        assert!(alices.iter_mut().all(is_rung) && !is_rung(&mut bob));
        assert!(!alices.iter_mut().any(is_rung), "once is enough: they read everything there is");
        waiters.wake_all();
        assert!(alices.iter_mut().all(is_rung) && is_rung(&mut bob));
    }

    #[test]
    fn what_rang_before_somebody_waited_is_not_theirs_and_what_rang_before_they_asked_is() {
        let waiters = Waiters::new();
        let mut early = waiters.watch(&user("alice"), None);
        waiters.wake("alice", None);
        let mut late = waiters.watch(&user("alice"), None);
        assert!(is_rung(&mut early) && !is_rung(&mut late));
    }

    #[test]
    fn a_socket_that_was_opened_is_told_to_the_others_of_its_device_alone() {
        let waiters = Waiters::new();
        let device = |name: &str| DeviceId::parse(name).expect("it is well formed");
        let [mut own, mut older, mut tablet] =
            ["phone", "phone", "tablet"].map(|name| waiters.watch(&user("alice"), Some(&device(name))));
        let mut poll = waiters.watch(&user("alice"), None);
        let session = Uuid::from_u128(7);
        own.opens(session);
        waiters.wake(&format!("alice/phone/{session}"), None);
        assert!(is_rung(&mut older) && !is_rung(&mut own) && !is_rung(&mut tablet) && !is_rung(&mut poll));
        // Of two at once, one may be another's.
        waiters.wake(&format!("alice/phone/{}", Uuid::from_u128(8)), None);
        waiters.wake(&format!("alice/phone/{session}"), None);
        assert!(is_rung(&mut own) && is_rung(&mut older) && is_rung(&mut tablet) && !is_rung(&mut poll));
        // News are never taken for an opening that came with them.
        waiters.wake("alice", None);
        waiters.wake(&format!("alice/phone/{session}"), None);
        assert!(is_rung(&mut own) && is_rung(&mut tablet) && is_rung(&mut poll));
    }

    #[test]
    fn whoever_stops_waiting_leaves_nothing_behind() {
        let waiters = Waiters::new();
        let (first, second) = (waiters.watch(&user("alice"), None), waiters.watch(&user("alice"), None));
        let other = waiters.watch(&user("bob"), None);
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
                        let watch = waiters.watch(&user(["alice", "bob"][turn % 2]), None);
                        waiters.wake("alice", None);
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
        let alice = waiters.watch(&user("alice"), None);
        let mut bob = waiters.watch(&user("bob"), None);
        assert_eq!(waiters.len(), 1);
        bob.rung().await;
        drop(bob);
        assert_eq!(waiters.len(), 1);
        drop(alice);
        assert_eq!(waiters.len(), 0);
    }
}
