//! The log of what a person is told, its cursor and its bell.
//!
//! An event is appended in the same commit as the change that it tells of ([`append`]), so neither is ever seen without
//! the other. Each device of the person reads the log by a cursor of its own ([`Mailbox::read`]); what a cursor can no
//! longer be served is said, never left out in silence. The bell ([`Mailbox::watch`]) tells readers when to look again
//! and carries no truth: a ring too many is harmless, and whoever may have missed one is woken.
//!
//! A signal's payload is a record of its own, which ends long before its entry may ([`append_signal`]): it is read with the entry,
//! an old one not at all. What a device has acknowledged ends sooner ([`Mailbox::acknowledge`]).
//!
//! Both transports, polling and sockets, are made of this. It knows nothing of HTTP and nothing of what an event means.

mod bell;
mod cursor;
mod entry;
mod log;
mod metrics;
mod reading;
mod session;
mod signal;
mod waiters;

pub use cursor::is_cursor;
pub use entry::{Addressed, Happening, append, append_happening};
pub use log::Mailbox;
pub use reading::Reading;
pub use signal::{SignalHead, append_signal};
pub use waiters::Watch;
