//! Who is there: the leases of devices, as both services write them into the store.
//!
//! This is the one place that knows their key. call-state-service decides by them; realtime-service extends those of all its
//! open sockets and polls, many in one commit, without asking for each.

use chrono::{DateTime, Utc};
use signal_protocol::{DeviceId, UserId};
use store::{Key, Write};

/// The kind of the keys of these records.
pub const KIND: &str = "presence";

/// The record that has the leases of a person's devices.
#[must_use]
pub fn presence_key(user: &UserId) -> Key {
    Key::new(KIND, user)
}

/// The device is alive until `until`, by the store's clock, if not longer: an earlier end than that of its lease changes
/// nothing, so it does not matter who comes first.
#[must_use]
pub fn lease(user: &UserId, device: &DeviceId, until: DateTime<Utc>) -> Write {
    Write::Lease { key: presence_key(user), holder: device.as_str().to_owned(), until }
}

/// The device is alive no longer since `at`, by the store's clock. Only for whoever knows that it is nowhere else either: there
/// is one lease for all its sockets and polls. That it was alive until then stays known: whoever is in a call has that long to
/// come back, counted from there.
#[must_use]
pub fn release(user: &UserId, device: &DeviceId, at: DateTime<Utc>) -> Write {
    Write::Release { key: presence_key(user), holder: device.as_str().to_owned(), at }
}
