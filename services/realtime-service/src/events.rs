//! What happens, as a client is told of it: the log of its user, read by long polling.
//!
//! One endpoint, [`poll`]. [`EventsDesk`] holds what it needs: the log, call-state-service for snapshots and for what it
//! has to know of a device that polls, and the polls that are open. Which event means what is not known here, except that a
//! ring which was handed over has reached its device.

mod desk;
mod errands;
mod metrics;
mod open_polls;
mod poll;
mod rings;

pub(crate) use desk::EventsDesk;
pub(crate) use poll::poll;

// What the OpenAPI document is made of.
pub(crate) use poll::__path_poll;
