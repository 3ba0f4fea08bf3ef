//! Who is there, and what of it is not yet written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_protocol::{DeviceId, UserId};
use tokio::sync::Notify;

/// How many devices may have news that are not written down. More pile up only while the store takes none; those who stay
/// are written down at the next turn all the same.
const MOST_NEWS: usize = 100_000;

/// A device of a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place(Arc<(UserId, DeviceId)>);

/// What is to be written down of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// It is there.
    Alive,
    /// It has gone, and nothing else of it is here.
    Gone,
}

/// The devices of one tenant.
#[derive(Default)]
pub(super) struct Places {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// How many sockets and polls each device has.
    staying: HashMap<Place, u32>,
    /// One word for each device, the last one: it says all that the earlier ones said.
    news: HashMap<Place, News>,
    is_closed: bool,
}

/// A device that is there. It is until this is dropped.
pub(crate) struct Stay {
    place: Place,
    places: Arc<Places>,
    leaves: bool,
}

impl Place {
    pub(super) fn new(user: &UserId, device: &DeviceId) -> Self {
        Self(Arc::new((user.clone(), device.clone())))
    }

    pub(super) fn user(&self) -> &UserId {
        &self.0.0
    }

    pub(super) fn device(&self) -> &DeviceId {
        &self.0.1
    }
}

impl Places {
    pub(super) fn enter(self: &Arc<Self>, place: Place) -> Stay {
        let mut state = self.lock();
        *state.staying.entry(place.clone()).or_default() += 1;
        self.tell(&mut state, place.clone(), News::Alive);
        Stay { place, places: Arc::clone(self), leaves: false }
    }

    /// No more will come.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Completes when there may be news.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What is to be written down, which is thereby taken for written.
    pub(super) fn take_news(&self) -> Vec<(Place, News)> {
        std::mem::take(&mut self.lock().news).into_iter().collect()
    }

    /// Everybody who stays.
    pub(super) fn staying(&self) -> Vec<(Place, News)> {
        self.lock().staying.keys().map(|place| (place.clone(), News::Alive)).collect()
    }

    /// Those among `some` who still stay.
    pub(super) fn of_those_staying(&self, mut some: Vec<(Place, News)>) -> Vec<(Place, News)> {
        let state = self.lock();
        some.retain(|(place, _)| state.staying.contains_key(place));
        some
    }

    fn tell(&self, state: &mut State, place: Place, news: News) {
        if state.news.len() < MOST_NEWS || state.news.contains_key(&place) {
            state.news.insert(place, news);
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stay {
    /// The device is known to have gone: if nothing else of it is here, that is written down at once. Otherwise it is
    /// taken to come back soon, or to be somewhere else already.
    pub(crate) fn leave(mut self) {
        self.leaves = true;
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut state = self.places.lock();
        let Some(stays) = state.staying.get_mut(&self.place) else { return };
        *stays -= 1;
        if *stays == 0 {
            state.staying.remove(&self.place);
            if self.leaves {
                self.places.tell(&mut state, self.place.clone(), News::Gone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(device: &str) -> Place {
        let user = UserId::parse("alice").expect("it is well formed");
        Place::new(&user, &DeviceId::parse(device).expect("it is well formed"))
    }

    #[test]
    fn a_device_is_there_until_the_last_of_its_sockets_and_polls_is_over() {
        let places = Arc::new(Places::default());
        let (socket, poll) = (places.enter(place("phone")), places.enter(place("phone")));
        assert_eq!(places.take_news(), [(place("phone"), News::Alive)]);
        socket.leave();
        assert_eq!((places.staying().len(), places.take_news()), (1, vec![]), "the poll is open");
        drop(poll);
        assert_eq!((places.staying(), places.take_news()), (vec![], vec![]), "it may come back");
    }

    #[test]
    fn that_a_device_has_gone_is_told_unless_it_is_back_already() {
        let places = Arc::new(Places::default());
        places.enter(place("phone")).leave();
        assert_eq!(places.take_news(), [(place("phone"), News::Gone)]);
        places.enter(place("phone")).leave();
        let _back = places.enter(place("phone"));
        assert_eq!(places.take_news(), [(place("phone"), News::Alive)]);
    }

    #[test]
    fn what_is_not_written_down_is_bounded() {
        let places = Arc::new(Places::default());
        for number in 0..MOST_NEWS + 10 {
            drop(places.enter(place(&number.to_string())));
        }
        assert_eq!(places.take_news().len(), MOST_NEWS);
    }
}
