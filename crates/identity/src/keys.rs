//! The keys of an issuer: which of the published ones are usable, how they are read, and for how long they hold.

mod fetch;
mod jwk;
mod key;
mod refresh;
mod ring;
mod set;

pub(crate) use fetch::client;
pub(crate) use key::Key;
pub(crate) use refresh::{Refresh, refresh};
pub(crate) use ring::KeyRing;
