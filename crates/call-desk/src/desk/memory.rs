//! What signals rest on, remembered for a moment.
//!
//! The two of a peer-to-peer call tell each other a dozen candidates within a second, and each rests on the same two records:
//! the call and the list of what its sender has sent. What is decided on them as they were is committed on the condition that
//! they still are so, and that no deadline of theirs has passed; so what is remembered here decides nothing by itself, and
//! whatever it does not hold for is read.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use calls::Snapshot;
use clock::{DateTime, Duration as TimeDelta, Utc};
use signal_protocol::{CallId, Tenant, UserId};
use store::{Key, Version};
use tokio::time::Instant;

/// For how long something is remembered after the store has told of it.
const LIFE: Duration = Duration::from_secs(10);
/// For how long nothing is remembered of a sender whose list was not as it was remembered: another replica has a part in it, and
/// each commit in vain costs as much as the read that it was to save.
const GIVEN_UP: Duration = Duration::from_secs(2);
/// How many senders there are on a page, of which there are two. With the longest lists of what they have sent, these are 64 MB.
const SENDERS: usize = 1_024;

/// What is remembered on one replica. Clones share it.
#[derive(Clone)]
pub(super) struct Memory(Arc<Mutex<Pages>>);

/// Somebody who sends signals in a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sender {
    pub(super) tenant: Tenant,
    pub(super) call: CallId,
    pub(super) user: UserId,
}

/// What the store told at one instant, or has had written since.
pub(super) struct Remembered {
    /// The call, and what its sender has sent in it.
    pub(super) snapshot: Snapshot,
    pub(super) told: Told,
    /// When that was heard.
    heard: Instant,
}

/// What is known of the records once a commit was made.
pub(super) struct Told {
    /// The store's time at the commit.
    pub(super) now: DateTime<Utc>,
    /// The version of each record that it rested on.
    pub(super) versions: Vec<(Key, Version)>,
    /// Until when its actor's device counts as alive.
    pub(super) alive_until: DateTime<Utc>,
}

impl Remembered {
    /// From now on.
    pub(super) fn new(snapshot: Snapshot, told: Told) -> Self {
        Self { snapshot, told, heard: Instant::now() }
    }

    /// The store's time, to the millisecond: late by as long as its answer was on the way, and by what it has jumped since.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let since = i64::try_from(self.heard.elapsed().as_millis()).unwrap_or_default();
        self.told.now + TimeDelta::milliseconds(since)
    }
}

/// The senders in the order in which they were remembered, by halves: when one page is full or old, the other one is
/// dropped. So nobody ever looks for what is the oldest.
struct Pages {
    young: HashMap<Sender, Entry>,
    old: HashMap<Sender, Entry>,
    begun: Instant,
}

enum Entry {
    Remembered(Box<Remembered>),
    GivenUp(Instant),
}

impl Entry {
    fn is_over(&self) -> bool {
        match self {
            Self::Remembered(remembered) => remembered.heard.elapsed() > LIFE,
            Self::GivenUp(since) => since.elapsed() > GIVEN_UP,
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        let pages = Pages { young: HashMap::new(), old: HashMap::new(), begun: Instant::now() };
        Self(Arc::new(Mutex::new(pages)))
    }
}

impl Memory {
    /// Takes what is remembered of this sender, who has nothing there until it is put back: of two signals at once the second
    /// is read for.
    pub(super) fn take(&self, sender: &Sender) -> Option<Box<Remembered>> {
        let mut pages = self.lock();
        match pages.take(sender)? {
            Entry::Remembered(remembered) => Some(remembered),
            given_up @ Entry::GivenUp(_) => {
                pages.put(sender.clone(), given_up);
                None
            }
        }
    }

    /// Remembers this of the sender, unless that was given up.
    pub(super) fn keep(&self, sender: Sender, remembered: Remembered) {
        let mut pages = self.lock();
        let kept = match pages.take(&sender) {
            Some(given_up @ Entry::GivenUp(_)) => given_up,
            Some(Entry::Remembered(_)) | None => Entry::Remembered(Box::new(remembered)),
        };
        pages.put(sender, kept);
    }

    /// What was remembered did not hold: for a while there is no point in it.
    pub(super) fn give_up(&self, sender: Sender) {
        self.lock().put(sender, Entry::GivenUp(Instant::now()));
    }

    /// The call is another one from now on.
    pub(super) fn forget<'a>(&self, tenant: &Tenant, call: CallId, users: impl Iterator<Item = &'a UserId>) {
        let mut pages = self.lock();
        if pages.is_empty() {
            return;
        }
        for user in users {
            let sender = Sender { tenant: tenant.clone(), call, user: user.clone() };
            if let Some(given_up @ Entry::GivenUp(_)) = pages.take(&sender) {
                pages.put(sender, given_up);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    fn take(&mut self, sender: &Sender) -> Option<Entry> {
        let entry = self.young.remove(sender).or_else(|| self.old.remove(sender));
        entry.filter(|entry| !entry.is_over())
    }

    fn put(&mut self, sender: Sender, entry: Entry) {
        if self.young.len() >= SENDERS || self.begun.elapsed() > LIFE {
            self.old = mem::take(&mut self.young);
            self.begun = Instant::now();
        }
        self.young.insert(sender, entry);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn sender(number: u128) -> Sender {
        let uuid = Uuid::from_u128(0x0198_c5a0_7e3b_7cc0_8000_0000_0000_0000 | number);
        Sender {
            tenant: Tenant::parse("realtime").unwrap(),
            call: CallId::of(uuid).unwrap(),
            user: UserId::parse("ann").unwrap(),
        }
    }

    fn remembered() -> Remembered {
        let (now, alive_until) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        Remembered::new(Snapshot::default(), Told { now, versions: Vec::new(), alive_until })
    }

    #[test]
    fn what_is_taken_is_there_no_more_until_it_is_put_back() {
        let memory = Memory::default();
        assert!(memory.take(&sender(1)).is_none());
        memory.keep(sender(1), remembered());
        assert!(memory.take(&sender(2)).is_none());
        assert!(memory.take(&sender(1)).is_some());
        assert!(memory.take(&sender(1)).is_none());
    }

    #[test]
    fn a_call_that_changes_is_forgotten_for_both() {
        let memory = Memory::default();
        memory.keep(sender(1), remembered());
        memory.keep(sender(2), remembered());
        let Sender { tenant, call, user } = sender(1);
        memory.forget(&tenant, call, [&user].into_iter());
        assert!(memory.take(&sender(1)).is_none() && memory.take(&sender(2)).is_some());
    }

    #[test]
    fn whoever_was_given_up_is_not_remembered_for_a_while() {
        let memory = Memory::default();
        memory.give_up(sender(1));
        memory.keep(sender(1), remembered());
        let Sender { tenant, call, user } = sender(1);
        memory.forget(&tenant, call, [&user].into_iter());
        memory.keep(sender(1), remembered());
        assert!(memory.take(&sender(1)).is_none());
    }

    #[test]
    fn the_oldest_make_room() {
        let memory = Memory::default();
        let many = 3 * SENDERS;
        for number in 0..many {
            memory.keep(sender(number as u128), remembered());
        }
        let there = (0..many).filter(|number| memory.take(&sender(*number as u128)).is_some()).count();
        assert!((SENDERS..=2 * SENDERS).contains(&there), "{there}");
        assert!(memory.take(&sender(0)).is_none());
    }
}
