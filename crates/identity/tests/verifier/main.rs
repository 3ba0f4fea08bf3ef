//! The verifier by its public door, with an issuer that serves its documents over HTTP.

#![expect(clippy::unwrap_used, reason = "a test ends where something unforeseen happens")]

mod algorithms;
mod failing_issuers;
mod issuers;
mod keys;
mod logout;
mod metrics;
mod remembered;
mod tampering;
mod tokens;
mod world;
