//! The rules from outside: command by command, row by row of the table, and with commands at random.
#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

#[path = "rules/answers.rs"]
mod answers;
#[path = "rules/bounds.rs"]
mod bounds;
#[path = "rules/checks.rs"]
mod checks;
#[path = "rules/given.rs"]
mod given;
#[path = "rules/groups.rs"]
mod groups;
#[path = "rules/hooks.rs"]
mod hooks;
#[path = "rules/invites.rs"]
mod invites;
#[path = "rules/livekit.rs"]
mod livekit;
#[path = "rules/properties.rs"]
mod properties;
#[path = "rules/records.rs"]
mod records;
#[path = "rules/removal.rs"]
mod removal;
#[path = "rules/rooms.rs"]
mod rooms;
#[path = "rules/signalling_time.rs"]
mod signalling_time;
#[path = "rules/signals.rs"]
mod signals;
#[path = "rules/situations.rs"]
mod situations;
#[path = "rules/steps.rs"]
mod steps;
#[path = "rules/tabled.rs"]
mod tabled;
#[path = "rules/time.rs"]
mod time;
#[path = "rules/tones.rs"]
mod tones;
#[path = "rules/world.rs"]
mod world;
