//! Sockets (`WebSocket`, RFC 6455), from the handshake to the farewell.
//!
//! Written here because the library that fits actix-web keeps a frame of any length until it is whole, before it looks at
//! the limit (`docs/decisions/0028-sockets-are-read-here.md` has what was tried). Here a length is judged before the first
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
