//! The service through its public door: the real binary, a real LiveKit, tokens of an issuer that the test holds.
//!
//! One file per subject. What only Keycloak, the gateway or a LiveKit SDK can show is in the system tests.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

mod abuse;
mod authorisation;
mod call_members;
mod call_rooms;
mod call_state;
mod call_watch;
mod calls;
mod device;
mod drain;
mod events;
mod ice_servers;
mod identity;
mod join;
mod join_cost;
mod lease;
mod limits;
mod membership;
mod moderation;
mod nasty;
mod older;
mod reconcile;
mod records;
mod registry;
mod replica;
mod revocation;
mod rooms;
mod schedule;
mod sfu;
mod sfu_admission;
mod signals;
mod socket;
mod socket_commands;
mod socket_resume;
mod sockets;
mod start;
mod store_loss;
mod switching;
mod tenants;
mod unreachable;
mod webhook_pipe;
mod webhooks;
mod world;
