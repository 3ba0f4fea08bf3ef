//! A JSON object that remembers whether one of its names occurred twice.
//!
//! Parsers disagree on which of two equal names counts, so a token that has such a pair may mean one thing to us and
//! another to the service we relay it to.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// An object, and whether a name of it (not of the objects inside it) occurred twice.
pub(super) struct Object {
    pub(super) members: Map<String, Value>,
    pub(super) has_duplicate: bool,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object { members: Map::new(), has_duplicate: false };
        while let Some((name, value)) = map.next_entry()? {
            object.has_duplicate |= object.members.insert(name, value).is_some();
        }
        Ok(object)
    }
}
