//! The server through its own ports, with clients that write bytes by hand.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

mod authentication;
mod bodies;
mod containment;
mod cors;
mod ending;
mod fixture;
mod heads;
mod log;
mod management;
mod paths;
mod raw;
mod sockets;
mod stalls;
