//! The log of ended logins, and how every replica of every service follows it.
//!
//! Whoever learns that a login was ended writes it into the log of its tenant, in the same commit as whatever else follows
//! from it ([`append`]). A [`Follower`] reads that log, from its beginning at the start and after each loss, and tells a
//! verifier, which refuses the tokens of those logins from then on.
//!
//! A service that has no other use for the bell is prompted by the clock instead ([`Prompt`]).
//!
//! The log is bounded by the life of tokens: what is too old for the log concerns no token that is still good. While the
//! store is away, what is known stays in force and what is new is not heard of: it fails open, and says so.

mod entry;
mod follower;
mod metrics;
mod tail;

pub use entry::append;
pub use follower::{Follower, Following, Prompt};
