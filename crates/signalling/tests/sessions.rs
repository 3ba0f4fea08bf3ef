//! Connections from outside: a conversation at a time, and thousands at random, in virtual time.
#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

#[path = "sessions/acknowledging.rs"]
mod acknowledging;
#[path = "sessions/chain.rs"]
mod chain;
#[path = "sessions/checks.rs"]
mod checks;
#[path = "sessions/commands.rs"]
mod commands;
#[path = "sessions/crowd.rs"]
mod crowd;
#[path = "sessions/drain.rs"]
mod drain;
#[path = "sessions/events.rs"]
mod events;
#[path = "sessions/given.rs"]
mod given;
#[path = "sessions/hello.rs"]
mod hello;
#[path = "sessions/pings.rs"]
mod pings;
#[path = "sessions/polls.rs"]
mod polls;
#[path = "sessions/properties.rs"]
mod properties;
#[path = "sessions/replaced.rs"]
mod replaced;
#[path = "sessions/resuming.rs"]
mod resuming;
#[path = "sessions/said.rs"]
mod said;
#[path = "sessions/slow.rs"]
mod slow;
#[path = "sessions/steps.rs"]
mod steps;
#[path = "sessions/tape.rs"]
mod tape;
#[path = "sessions/tokens.rs"]
mod tokens;
#[path = "sessions/world.rs"]
mod world;
