//! What happens, as a client is told of it: the log of its user, read by long polling or over a socket.
//!
//! [`Feed`] is what both transports ask: the log, call-state-service for snapshots and for what it has to know of a device
//! that listens, and who is there. One endpoint, [`poll`], with what it needs in [`EventsDesk`]; sockets are in
//! [`crate::signalling`]. Which event means what is not known here.

mod desk;
mod errands;
mod feed;
mod metrics;
mod open_polls;
mod poll;
mod presence;

pub(crate) use desk::EventsDesk;
pub(crate) use feed::{Feed, FeedFailure, Listener};
pub(crate) use metrics::EventsMetrics;
pub(crate) use poll::poll;
pub(crate) use presence::Stay;

// What the OpenAPI document is made of.
pub(crate) use poll::__path_poll;
