//! The client against a server that does what servers should not.

#![expect(clippy::unwrap_used, reason = "a test ends where something unforeseen happens")]

mod bounds;
mod requests;
mod retries;
mod server;
mod traces;
