//! The version of a record's meaning.
//!
//! Two releases read and write the same records during an upgrade. So a record keeps the fields that it does not know, and
//! a release that adds one gives it a default. A change that an older release would get wrong takes a new number, which the
//! older one refuses to read.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number 1. Any other is refused, so that it is never taken for something it is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Schema;

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
