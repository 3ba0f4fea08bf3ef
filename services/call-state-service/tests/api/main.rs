//! The service through its own door: the real binary, a real Redis, tokens of an issuer that the test holds, and the typed
//! client that realtime-service uses.
//!
//! One file per subject. What the rules say in every corner is tested in `calls`; here is what only records, several
//! replicas and HTTP can show.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

mod background;
mod bad_input;
mod calls;
mod costs;
mod crowd;
mod faults;
mod groups;
mod history;
mod idempotency;
mod outages;
mod preferences;
mod presence;
mod races;
mod records;
mod replicas;
mod revocation;
mod sfu_reports;
mod signals;
mod start;
mod strangers;
mod time;
mod traces;
mod world;
