//! Sockets, with clients that write every bit by hand.

pub(crate) mod app;
mod client;
mod frames;
mod guard;
mod handshake;
mod inside;
