//! Reads what says by its field `is` what it is, without keeping all its fields in memory first.
//!
//! What serde derives for such an enum must reckon with the word standing last, so it collects every field as a value of its
//! own before it looks at one. The records are written with the word first: then the rest can be read as what it is. A record
//! that another program wrote may have the word anywhere, and is read the long way.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The field that says it.
const IS: &str = "is";

/// What is told apart by a word.
pub(super) trait Tagged: Sized {
    /// The words.
    type Is: DeserializeOwned;

    /// Reads the other fields of what is `is`.
    fn rest<'de, D: Deserializer<'de>>(is: Self::Is, rest: D) -> Result<Self, D::Error>;
}

pub(super) fn deserialize<'de, T: Tagged, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Fields(PhantomData))
}

/// Reads what has no field but the word; others are those of a newer release.
pub(super) fn nothing<'de, D: Deserializer<'de>>(rest: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(rest).map(drop)
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with the field `{IS}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        match fields.next_key::<Name>()? {
            Some(Name::Is) => T::rest(fields.next_value()?, MapAccessDeserializer::new(fields)),
            Some(Name::Other(first)) => {
                let mut all = Map::from_iter([(first, fields.next_value::<Value>()?)]);
                while let Some((name, value)) = fields.next_entry()? {
                    all.insert(name, value);
                }
                let is = all.remove(IS).ok_or_else(|| A::Error::missing_field(IS))?;
                let is = serde_json::from_value(is).map_err(A::Error::custom)?;
                T::rest(is, Value::Object(all)).map_err(A::Error::custom)
            }
            None => Err(A::Error::missing_field(IS)),
        }
    }
}

/// The name of the first field.
enum Name {
    Is,
    Other(String),
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a field")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(if name == IS { Name::Is } else { Name::Other(name.to_owned()) })
            }
        }
        deserializer.deserialize_identifier(Text)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use crate::record::{Attention, Phase, Setup, Stance};

    /// It is read from wherever its word stands, and written as it was.
    fn is_read<T: Serialize + DeserializeOwned>(value: &Value) {
        let fields = value.as_object().unwrap();
        let field = |(name, value): (&String, &Value)| format!("{}:{value}", json!(name));
        let is = format!("\"is\":{}", fields["is"]);
        let others: Vec<String> = fields.iter().filter(|(name, _)| *name != "is").map(field).collect();
        for place in 0..=others.len() {
            let mut all = others.clone();
            all.insert(place, is.clone());
            let text = format!("{{{}}}", all.join(","));
            let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(serde_json::to_value(&read).unwrap(), *value, "{text}");
            let read: T = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), *value);
        }
    }

    #[test]
    fn the_word_may_stand_anywhere() {
        let at = "2026-01-31T09:30:00.000Z";
        is_read::<Attention>(&json!({ "is": "awaited", "until": at }));
        is_read::<Attention>(&json!({ "is": "notified" }));
        is_read::<Attention>(&json!({ "is": "alerted", "notified": true }));
        is_read::<Setup>(&json!({ "is": "pending", "until": at, "check_at": at }));
        is_read::<Setup>(&json!({ "is": "done" }));
        is_read::<Phase>(&json!({ "is": "ringing" }));
        is_read::<Phase>(&json!({ "is": "active", "since": at, "setup": { "is": "done" } }));
        is_read::<Phase>(&json!({ "is": "ended", "at": at, "reason": "completed" }));
        is_read::<Phase>(&json!({ "is": "ended", "at": at, "reason": "completed", "active_since": at }));
        is_read::<Stance>(&json!({ "is": "declined", "at": at, "reason": "later" }));
        is_read::<Stance>(&json!({ "is": "declined", "at": at }));
        is_read::<Stance>(&json!({ "is": "busy", "at": at, "because": "dialled" }));
        is_read::<Stance>(&json!({ "is": "left", "at": at }));
        is_read::<Stance>(&json!({ "is": "missed", "at": at, "notified": true }));
    }

    #[test]
    fn fields_of_a_newer_release_stay_in_a_ring_and_a_seat() {
        let at = "2026-01-31T09:30:00.000Z";
        is_read::<Stance>(&json!({
            "is": "rung", "until": at, "shown": true, "silent": false,
            "attention": { "is": "notified" }, "at": at, "new": { "is": [1, { "two": null }] },
        }));
        is_read::<Stance>(&json!({
            "is": "accepted", "device": "phone", "connected": true, "seen_at": at, "check_at": at, "until": 7,
        }));
    }

    #[test]
    fn what_is_nothing_known_is_refused() {
        for text in ["{}", r#"{"is":"else"}"#, r#"{"at":1}"#, r#""left""#, r#"{"is":"left"}"#, "[]"] {
            assert!(serde_json::from_str::<Stance>(text).is_err(), "{text}");
        }
    }
}
