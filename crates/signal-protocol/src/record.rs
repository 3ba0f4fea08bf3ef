//! What is told of calls and rooms that are over, for bills, statistics and questions that come later: one record each, as a line
//! of the log and as a hook.
//!
//! A record holds who, when, how long and why. It never holds what was said, a key, a description of media, a secret or an
//! address. Its `id` is the same wherever and however often it is told.

mod call;
mod room;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use call::{CallDetail, PartyDetail};
pub use room::{LeaveReason, RoomDetail, SessionDetail};

/// The number of the records' meaning, in each as `schema`. Fields are added under the same number; it changes when one is taken
/// away or means something else.
pub const RECORD_SCHEMA: u32 = 1;

/// A record, under the word that it is told with: as it stands in the queue of hooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "record")]
pub enum Detail {
    /// A call that is over.
    #[serde(rename = "call.record")]
    Call(CallDetail),
    /// One stay of one device in a room.
    #[serde(rename = "room.session")]
    Session(SessionDetail),
    /// A room that was live and is no more.
    #[serde(rename = "room.record")]
    Room(RoomDetail),
}

/// A record by itself, as it stands in a line of the log and in a hook.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Told<'a> {
    /// A call that is over.
    Call(&'a CallDetail),
    /// One stay of one device in a room.
    Session(&'a SessionDetail),
    /// A room that was live and is no more.
    Room(&'a RoomDetail),
}

impl Detail {
    /// The record by itself, without its word.
    #[must_use]
    pub const fn told(&self) -> Told<'_> {
        match self {
            Self::Call(record) => Told::Call(record),
            Self::Session(record) => Told::Session(record),
            Self::Room(record) => Told::Room(record),
        }
    }

    /// The word that it is told with.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Call(_) => "call.record",
            Self::Session(_) => "room.session",
            Self::Room(_) => "room.record",
        }
    }

    /// The record's own id.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Call(record) => record.id,
            Self::Session(record) => record.id,
            Self::Room(record) => record.id,
        }
    }
}
