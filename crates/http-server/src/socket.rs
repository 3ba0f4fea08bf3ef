//! Sockets (`WebSocket`, RFC 6455), from the handshake to the farewell.
//!
//! Written here because of what a hostile client may do to the libraries at hand: they buffer a frame until it is
//! whole before they look at its announced length, or put a 1-byte fragment aside with the whole buffer it came in,
//! and do not tell their caller whether a message was too long or no message. Here a length is judged before the first
//! byte of it is kept, a message costs its own bytes, and an idle socket holds no buffer. No extensions, so no
//! compression.
//!
//! What is said over a socket is not known here.

mod frame;
mod handshake;
mod incoming;
mod outgoing;

pub use handshake::Handshake;
pub use incoming::{Garbled, Incoming, Received};
pub use outgoing::{Outgoing, Unsent};
