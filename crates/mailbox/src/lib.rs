//! The log of what a person is told, its cursor and its bell.
//!
//! An event is appended in the same commit as the change that it tells of ([`append`]), so neither is ever seen without
//! the other. Each device of the person reads the log by a cursor of its own ([`Mailbox::read`]); what a cursor can no
//! longer be served is said, never left out in silence. The bell ([`Mailbox::watch`]) tells readers when to look again
//! and carries no truth: a ring too many is harmless, and whoever may have missed one is woken.
//!
//! Both transports, polling and sockets, are made of this. It knows nothing of HTTP and nothing of what an event means.

mod bell;
mod cursor;
mod entry;
mod log;
mod metrics;
mod reading;
mod waiters;

pub use entry::{Addressed, Happening, append, append_happening};
pub use log::Mailbox;
pub use reading::Reading;
pub use waiters::Watch;
