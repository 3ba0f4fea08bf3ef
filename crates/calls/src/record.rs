//! What is stored of calls and of people, as JSON.
//!
//! Two releases read and write the same records during an upgrade. So every record, party, device, ring and seat keeps
//! the fields that it does not know, and a release that adds one adds it there, with a default. A change that an older
//! release would get wrong takes a new [`Schema`], which the older one refuses to read.

mod call;
mod device;
mod party;
mod person;
mod signals;
mod tagged;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use call::{CallRecord, Phase, Setup};
pub(crate) use call::{Due, Timer};
pub use device::{DeviceRecord, DeviceState, MAX_DEVICES};
pub use party::{Attention, BusyBecause, Entry, PartyRecord, Rung, Seat, Stance};
pub use person::{Leg, LegKind, Preferences, Presence, UserRecord};
pub use signals::{SentSignal, SentSignals, SignalsRecord};

/// Fields that a newer release wrote.
pub(crate) type Extra = serde_json::Map<String, serde_json::Value>;

/// The version of the records' meaning: 1. Any other is refused, so that it is never taken for something it is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schema;

impl Schema {
    const NUMBER: u32 = 1;
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            other => Err(D::Error::custom(format_args!(
                "schema {other} is not the schema {} of this release",
                Self::NUMBER
            ))),
        }
    }
}
