//! ICE servers: what two devices find a path to each other with.
//!
//! `servers` is the endpoint, `desk` what it asks, `credentials` how a relay is told that its user is one of ours.

mod credentials;
mod desk;
mod servers;

pub(crate) use desk::IceDesk;
pub(crate) use servers::{__path_servers, servers};
