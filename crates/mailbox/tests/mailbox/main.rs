//! The mailbox through its public door, on both stores: memory, and a real Redis.
#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

mod bell;
mod cursors;
mod entries;
mod model;
mod sessions;
mod signals;
mod world;
mod writers;
