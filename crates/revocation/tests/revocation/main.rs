//! The log of ended logins through its public door, on both stores: memory, and a real Redis.
#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

mod following;
mod lost;
mod world;
