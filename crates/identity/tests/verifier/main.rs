//! The verifier by its public door, with an issuer that serves its documents over HTTP.

mod algorithms;
mod failing_issuers;
mod issuers;
mod keys;
mod metrics;
mod remembered;
mod tampering;
mod tokens;
mod world;
