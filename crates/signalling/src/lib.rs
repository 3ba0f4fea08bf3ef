//! Signalling without a network: what a connection of a client does, as a machine that is told what happened and says
//! what is to be done.
//!
//! [`Session`] is a WebSocket from its first frame to its last, [`Poll`] is one long poll; both hand out the same log by the
//! same rules. Neither does I/O, knows what time it is or rolls dice: the driver tells it what happened and when
//! ([`Input`], [`PollInput`]), does what it says ([`Output`], [`PollOutput`]), and wakes it at its next deadline. So every
//! order in which things can happen is tried in virtual time, without a socket. [`Older`] stands between a session and a client
//! of the older events, and translates.
//!
//! What a call is, who may do what, and where the log is kept are not known here.

mod feed;
mod found;
mod lanes;
mod latest;
mod limits;
mod older;
mod outbox;
mod pace;
mod poll;
mod pulse;
mod rings;
mod seat;
mod session;

pub use found::{Identity, News, State};
pub use lanes::Ticket;
pub use limits::{Limits, Moment};
pub use older::{NoPeer, Older, Step};
pub use poll::{Poll, PollInput, PollOutput, Question};
pub use rings::handed_over;
pub use session::{Input, Output, Session};
