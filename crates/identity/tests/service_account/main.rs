//! Tokens of our own by the public door, from an issuer that serves its documents over HTTP.

#![expect(clippy::unwrap_used, reason = "a test ends where something unforeseen happens")]

mod failures;
mod remembered;
mod world;
