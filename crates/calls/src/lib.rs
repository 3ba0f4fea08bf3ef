//! The rules of a call: a state machine without I/O, without a clock and without chance.
//!
//! A command becomes a decision in three steps, of which the middle one is here: the edge reads what
//! [`Command::reads`] names, [`decide`] says what the records become and who is told what, and the edge commits that
//! in one piece or not at all. So busy, glare, the first accept and the deadline are decided by one commit, and every
//! rule can be tried in microseconds. Nothing here knows where records are kept or how a person is reached.

mod check;
mod command;
mod decide;
mod decision;
mod diagram;
mod ending;
mod history;
mod hooks;
mod legs;
mod moves;
mod notices;
mod record;
mod refused;
mod relay;
mod ring;
mod rules;
mod snapshot;
mod table;
mod work;

pub use check::{check_decline, check_invite, check_key, check_media, check_signal};
pub use command::{Actor, Command, Wanted};
pub use decide::{decide, overdue};
pub use decision::{Answer, Decision, Devices, Effect, Hook, HookKind, Notice, Reference, SignalNotice};
pub use diagram::diagram;
pub use record::{
    Attention, BusyBecause, CallRecord, DeviceRecord, DeviceState, Entry, Leg, LegKind, MAX_DEVICES,
    PartyRecord, Phase, Preferences, Presence, Rung, Schema, Seat, SentSignal, SentSignals, Setup,
    SignalsRecord, Stance, UserRecord,
};
pub use refused::Refused;
pub use rules::{Directory, Offline, Rules};
pub use snapshot::Snapshot;
pub use table::{Callee, DeviceOf, Outcome, Row, Size, Start, Trigger, starts, table};
