//! The sockets of one replica, as far as their number matters.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_server::subscriber;
use signal_protocol::{DeviceId, Tenant, UserId};

/// Who has how many sockets. Cheap to clone; clones are the same.
#[derive(Clone)]
pub(crate) struct Sockets(Arc<Shared>);

struct Shared {
    counts: Mutex<Counts>,
    /// People and devices are told apart by a keyed hash: eight bytes instead of three strings, and nobody can aim at a
    /// collision.
    hasher: RandomState,
    per_user: usize,
    per_address: usize,
}

#[derive(Default)]
struct Counts {
    /// Sockets before their `hello`, by the unit in which addresses are counted.
    knocking: HashMap<IpAddr, usize>,
    /// The device of each socket, by user.
    people: HashMap<u64, Vec<u64>>,
}

/// There are too many already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

/// A socket before its `hello`. It counts until it is dropped.
pub(crate) struct Knock {
    address: IpAddr,
    sockets: Sockets,
}

/// A socket of somebody. It counts until it is dropped.
pub(crate) struct Seat {
    person: u64,
    device: u64,
    sockets: Sockets,
}

impl Sockets {
    /// At most `per_user` of one user and `per_address` before their `hello` of one address.
    pub(crate) fn new(per_user: usize, per_address: usize) -> Self {
        let hasher = RandomState::new();
        Self(Arc::new(Shared { counts: Mutex::default(), hasher, per_user, per_address }))
    }

    /// Counts a socket that has not said whose it is.
    pub(crate) fn knock(&self, address: IpAddr) -> Result<Knock, TooMany> {
        let address = subscriber(address);
        let mut counts = self.lock();
        let knocking = counts.knocking.entry(address).or_default();
        if *knocking >= self.0.per_address {
            return Err(TooMany);
        }
        *knocking += 1;
        Ok(Knock { address, sockets: self.clone() })
    }

    /// Counts a socket of a device.
    ///
    /// The sockets that the device has already do not stand in its way: it replaces them, and one that comes back after a
    /// cut is faster than the word that the older one is gone. Only who does nothing but that is refused.
    pub(crate) fn enter(&self, tenant: &Tenant, user: &UserId, device: &DeviceId) -> Result<Seat, TooMany> {
        let (person, device) = (self.hash((tenant, user)), self.hash(device));
        let mut counts = self.lock();
        let devices = counts.people.entry(person).or_default();
        let of_device = devices.iter().filter(|other| **other == device).count();
        let of_others = devices.len() - of_device;
        if of_device.max(of_others) >= self.0.per_user {
            return Err(TooMany);
        }
        devices.push(device);
        Ok(Seat { person, device, sockets: self.clone() })
    }

    fn hash(&self, what: impl Hash) -> u64 {
        self.0.hasher.hash_one(what)
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Knock {
    fn drop(&mut self) {
        let mut counts = self.sockets.lock();
        if let Some(knocking) = counts.knocking.get_mut(&self.address) {
            *knocking -= 1;
            if *knocking == 0 {
                counts.knocking.remove(&self.address);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.sockets.lock();
        let Some(devices) = counts.people.get_mut(&self.person) else { return };
        if let Some(at) = devices.iter().position(|device| *device == self.device) {
            devices.swap_remove(at);
        }
        if devices.is_empty() {
            counts.people.remove(&self.person);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(sockets: &Sockets, user: &str, device: &str) -> Result<Seat, TooMany> {
        let tenant = Tenant::parse("realtime").expect("it is well formed");
        let user = UserId::parse(user).expect("it is well formed");
        sockets.enter(&tenant, &user, &DeviceId::parse(device).expect("it is well formed"))
    }

    fn knock(sockets: &Sockets, address: &str) -> Result<Knock, TooMany> {
        sockets.knock(address.parse().expect("an address"))
    }

    #[test]
    fn the_newest_of_too_many_is_refused_and_nobody_else() {
        let sockets = Sockets::new(2, 20);
        let (_phone, laptop) = (enter(&sockets, "alice", "phone"), enter(&sockets, "alice", "laptop"));
        assert!(enter(&sockets, "alice", "tablet").is_err());
        assert!(enter(&sockets, "bob", "tablet").is_ok());
        drop(laptop);
        assert!(enter(&sockets, "alice", "tablet").is_ok());
    }

    #[test]
    fn a_device_that_comes_back_is_let_in_though_its_older_socket_is_still_there() {
        let sockets = Sockets::new(2, 20);
        let _seats = (enter(&sockets, "alice", "phone"), enter(&sockets, "alice", "laptop"));
        let again = enter(&sockets, "alice", "phone");
        assert!(again.is_ok());
        assert!(enter(&sockets, "alice", "phone").is_err(), "but not without end");
    }

    #[test]
    fn those_who_have_not_said_who_they_are_are_counted_by_address() {
        let sockets = Sockets::new(5, 2);
        let (_first, second) = (knock(&sockets, "192.0.2.1"), knock(&sockets, "192.0.2.1"));
        assert!(knock(&sockets, "192.0.2.1").is_err());
        assert!(knock(&sockets, "192.0.2.2").is_ok());
        drop(second);
        assert!(knock(&sockets, "192.0.2.1").is_ok());
        let _v6 = (knock(&sockets, "2001:db8::1"), knock(&sockets, "2001:db8::2"));
        assert!(knock(&sockets, "2001:db8::3").is_err(), "one subscriber has them all");
    }

    #[test]
    fn sockets_that_are_over_leave_nothing_behind() {
        let sockets = Sockets::new(5, 20);
        drop((enter(&sockets, "alice", "phone"), enter(&sockets, "alice", "phone")));
        drop((knock(&sockets, "192.0.2.1"), knock(&sockets, "192.0.2.1")));
        let counts = sockets.lock();
        assert!(counts.people.is_empty() && counts.knocking.is_empty());
    }
}
