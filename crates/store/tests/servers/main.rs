//! The store's contract, kept in memory and on real servers of every kind, and what is particular to each of them.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

mod cluster;
mod contract;
mod load;
mod memory;
mod redis;
mod sentinel;
mod tls;
