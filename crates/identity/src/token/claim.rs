//! One claim of a token that was verified before, read again from its text.
//!
//! Few claims are ever asked for, and seldom; to keep all of them as values would make each remembered token several
//! times as large.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::decoded::text;
use super::json::Text;

/// The claim of this name, or at this dotted path into nested ones. A claim whose own name holds dots comes first.
pub(crate) fn claim(token: &str, path: &str) -> Option<Value> {
    let payload = text(token.split('.').nth(1)?)?;
    let mut payload = serde_json::Deserializer::from_str(&payload);
    let Found { whole, first } = Wanted { path }.deserialize(&mut payload).ok()?;
    whole.or_else(|| path.split('.').skip(1).try_fold(first?, member))
}

fn member(value: Value, name: &str) -> Option<Value> {
    match value {
        Value::Object(mut members) => members.remove(name),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

struct Wanted<'path> {
    path: &'path str,
}

struct Found {
    /// The claim that has the whole path as its name.
    whole: Option<Value>,
    /// The claim that the path's first name names, if there are more.
    first: Option<Value>,
}

impl<'text> DeserializeSeed<'text> for Wanted<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'text>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'text> Visitor<'text> for Wanted<'_> {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'text>>(self, mut claims: A) -> Result<Found, A::Error> {
        let first = self.path.split_once('.').map(|(first, _)| first);
        let mut found = Found { whole: None, first: None };
        while let Some(Text(name)) = claims.next_key()? {
            if name == self.path {
                found.whole = Some(claims.next_value()?);
            } else if first == Some(name.as_ref()) {
                found.first = Some(claims.next_value()?);
            } else {
                claims.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
