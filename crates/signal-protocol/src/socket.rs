//! The messages of the WebSocket `/api/realtime/ws`, subprotocol [`SUBPROTOCOL`]: one JSON object in a text frame each.

mod client;
mod close;
mod command_name;
mod server;

pub use client::{BadMessage, ClientMessage, CommandMessage};
pub use close::Close;
pub use command_name::CommandName;
pub use server::{AnswerMessage, ServerMessage, Welcome};

/// The subprotocol of this release.
pub const SUBPROTOCOL: &str = "realtime.v1";
/// The subprotocol of clients that speak the older events.
pub const SUBPROTOCOL_OF_OLDER_CLIENTS: &str = "calls.v0";
