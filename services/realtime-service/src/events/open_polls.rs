//! The polls that are open, and how many of them one device or user may have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::gauge::Gauge;
use signal_protocol::{DeviceId, Tenant, UserId};
use tokio::sync::oneshot;

use crate::EventsSettings;

/// The open polls of one replica. Cheap to clone; clones are the same.
#[derive(Clone)]
pub(crate) struct OpenPolls {
    people: Arc<Mutex<People>>,
    per_device: usize,
    per_user: usize,
    open: Gauge,
}

#[derive(Default)]
struct People {
    polls: HashMap<Person, Vec<Seat>>,
    last_number: u64,
}

type Person = (Tenant, UserId);

/// A poll's entry among those of its user, which are in the order in which they came.
struct Seat {
    number: u64,
    device: DeviceId,
    /// Ends the poll when it is dropped.
    _ends: oneshot::Sender<()>,
}

/// An open poll. It counts until it is dropped.
pub(crate) struct OpenPoll {
    number: u64,
    person: Person,
    ended: oneshot::Receiver<()>,
    polls: OpenPolls,
}

impl OpenPolls {
    /// Within the bounds of `settings`; `open` shows how many there are.
    pub(crate) fn new(settings: &EventsSettings, open: Gauge) -> Self {
        Self {
            people: Arc::default(),
            per_device: settings.polls_per_device,
            per_user: settings.polls_per_user,
            open,
        }
    }

    /// Opens a poll of `device` of `user`. It is never refused: where there would be too many, the oldest ends. Its client
    /// most likely is gone, or has already asked anew.
    pub(crate) fn open(&self, tenant: &Tenant, user: &UserId, device: &DeviceId) -> OpenPoll {
        let person = (tenant.clone(), user.clone());
        let (ends, ended) = oneshot::channel();
        let mut people = self.lock();
        people.last_number += 1;
        let number = people.last_number;
        let seats = people.polls.entry(person.clone()).or_default();
        if seats.iter().filter(|seat| seat.device == *device).count() >= self.per_device {
            remove_first(seats, |seat| seat.device == *device);
        }
        if seats.len() >= self.per_user {
            remove_first(seats, |_| true);
        }
        seats.push(Seat { number, device: device.clone(), _ends: ends });
        self.open.inc();
        OpenPoll { number, person, ended, polls: self.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove_first(seats: &mut Vec<Seat>, which: impl FnMut(&Seat) -> bool) {
    if let Some(at) = seats.iter().position(which) {
        seats.remove(at);
    }
}

impl OpenPoll {
    /// Completes, once, when the poll has to make room for a newer one.
    pub(crate) async fn ended(&mut self) {
        // Nothing is ever sent: the other half is dropped.
        let _ = (&mut self.ended).await;
    }
}

impl Drop for OpenPoll {
    fn drop(&mut self) {
        self.polls.open.dec();
        let mut people = self.polls.lock();
        let Some(seats) = people.polls.get_mut(&self.person) else { return };
        remove_first(seats, |seat| seat.number == self.number);
        if seats.is_empty() {
            people.polls.remove(&self.person);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn polls(per_device: usize, per_user: usize) -> OpenPolls {
        let settings = EventsSettings {
            polls_per_device: per_device,
            polls_per_user: per_user,
            ..EventsSettings::default()
        };
        OpenPolls::new(&settings, Gauge::default())
    }

    fn open(polls: &OpenPolls, user: &str, device: &str) -> OpenPoll {
        let tenant = Tenant::parse("realtime").expect("it is well formed");
        let user = UserId::parse(user).expect("it is well formed");
        polls.open(&tenant, &user, &DeviceId::parse(device).expect("it is well formed"))
    }

    fn has_ended(poll: &mut OpenPoll) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        pin!(poll.ended()).poll(&mut context).is_ready()
    }

    #[test]
    fn a_third_poll_of_a_device_ends_the_first_and_no_other() {
        let polls = polls(2, 20);
        let mut other_device = open(&polls, "alice", "laptop");
        let mut other_user = open(&polls, "bob", "phone");
        let (mut first, mut second) = (open(&polls, "alice", "phone"), open(&polls, "alice", "phone"));
        assert!(!has_ended(&mut first));
        let mut third = open(&polls, "alice", "phone");
        assert!(has_ended(&mut first));
        for poll in [&mut second, &mut third, &mut other_device, &mut other_user] {
            assert!(!has_ended(poll));
        }
        assert_eq!(polls.open.get(), 5, "the first is open until it is answered");
    }

    #[test]
    fn a_poll_that_is_over_makes_room() {
        let polls = polls(2, 20);
        let mut first = open(&polls, "alice", "phone");
        drop(open(&polls, "alice", "phone"));
        let _third = open(&polls, "alice", "phone");
        assert!(!has_ended(&mut first));
    }

    #[test]
    fn inventing_devices_does_not_help() {
        let polls = polls(2, 3);
        let mut open: Vec<_> =
            ["a", "b", "c", "d"].iter().map(|device| open(&polls, "alice", device)).collect();
        assert_eq!(open.iter_mut().map(has_ended).collect::<Vec<_>>(), [true, false, false, false]);
    }

    #[test]
    fn polls_that_are_over_leave_nothing_behind() {
        let polls = polls(2, 20);
        let open: Vec<_> = (0..5).map(|_| open(&polls, "alice", "phone")).collect();
        drop(open);
        assert!(polls.lock().polls.is_empty());
        assert_eq!(polls.open.get(), 0);
    }
}
