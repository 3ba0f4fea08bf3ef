//! The internal API of call-state-service: what is asked over it, what is answered, and a typed client.
//!
//! It mirrors the public API: the same bodies, headers, answers and problem documents, under `/internal`. Whoever asks
//! relays the caller's own token, and the service verifies it again; nothing here says who the caller is. The effects
//! that the service leaves to others to carry out, and their queues, are in [`outbox`]; what both write of who is there is in
//! [`presence`]. There are no rules here.

mod client;
mod failure;
mod message;
pub mod outbox;
pub mod presence;
mod relay;
mod replicas;

pub use client::CallStateClient;
pub use failure::CallStateFailure;
pub use message::{EndRequest, Present, RemoveRequest, SfuReport, SfuReportAnswer, SnapshotAnswer};
pub use relay::Relay;
