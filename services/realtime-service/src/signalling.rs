//! Sockets: the second transport of what happens, and commands without a request for each.
//!
//! One endpoint, [`connect`], with what it needs in [`SignallingDesk`]. What a socket says and hears, and when it ends, is
//! decided by `signalling::Session`, which does no I/O; the task of a socket does what that wants and tells it what came of
//! it. Commands run through the routes that HTTP has, so they know no other rules.

mod commands;
mod connect;
mod desk;
mod dialect;
mod driver;
mod end;
mod flow;
mod metrics;
mod origin;
mod perform;
mod sockets;
mod stage;
mod work;

pub(crate) use connect::connect;
pub(crate) use desk::{SignallingDesk, SignallingParts};

// What the OpenAPI document is made of.
pub(crate) use connect::__path_connect;
