//! JSON read in one pass into values that borrow from its text.
//!
//! It refuses what `serde_json::Value` refuses: broken text anywhere, deep nesting, numbers out of range, lone
//! surrogates. Raw values would be cheaper still, but the parser skips over them with none of the last three checked.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// About as many claims as Keycloak writes, so that the list of them seldom grows.
const USUAL_CLAIMS: usize = 24;

/// A value, told apart as far as the rules about tokens need it.
#[derive(Debug)]
pub(super) enum Json<'text> {
    Text(Cow<'text, str>),
    Integer(i64),
    List(Vec<Json<'text>>),
    Object(Object<'text>),
    /// Null, a truth value, or a number that is no 64-bit integer.
    Other,
}

/// The members of an object in the order of its text.
#[derive(Debug)]
pub(super) struct Object<'text>(Vec<(Cow<'text, str>, Json<'text>)>);

/// A text that stays where it is, unless it holds escapes.
pub(super) struct Text<'text>(pub(super) Cow<'text, str>);

impl<'text> Json<'text> {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(_) | Self::List(_) | Self::Object(_) | Self::Other => None,
        }
    }

    pub(super) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            Self::Text(_) | Self::List(_) | Self::Object(_) | Self::Other => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Json<'text>]> {
        match self {
            Self::List(list) => Some(list),
            Self::Text(_) | Self::Integer(_) | Self::Object(_) | Self::Other => None,
        }
    }

    /// The member of this name, if this is an object that has one.
    pub(super) fn get(&self, name: &str) -> Option<&Json<'text>> {
        match self {
            Self::Object(object) => object.get(name),
            Self::Text(_) | Self::Integer(_) | Self::List(_) | Self::Other => None,
        }
    }
}

impl<'text> Object<'text> {
    /// The member of this name; of several, the last.
    pub(super) fn get(&self, name: &str) -> Option<&Json<'text>> {
        self.0.iter().rfind(|(own, _)| own == name).map(|(_, value)| value)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// Takes the member of this name out.
    pub(super) fn remove(&mut self, name: &str) -> Option<Json<'text>> {
        let position = self.0.iter().rposition(|(own, _)| own == name)?;
        Some(self.0.swap_remove(position).1)
    }

    /// Whether a name of it (not of the objects inside it) occurs twice. Parsers disagree on which of two equal names
    /// counts, so such a token may mean one thing to us and another to the service we relay it to.
    pub(super) fn has_duplicate(&self) -> bool {
        // Sorted, because comparing each with each would let a token full of names make more work than its signature.
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn read<A: MapAccess<'text>>(mut map: A, capacity: usize) -> Result<Self, A::Error> {
        let mut members = Vec::with_capacity(capacity);
        while let Some((Text(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Self(members))
    }
}

impl<'text> Deserialize<'text> for Object<'text> {
    fn deserialize<D: Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject)
    }
}

impl<'text> Deserialize<'text> for Json<'text> {
    fn deserialize<D: Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfAny)
    }
}

impl<'text> Deserialize<'text> for Text<'text> {
    fn deserialize<D: Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(OfText)
    }
}

struct OfObject;

impl<'text> Visitor<'text> for OfObject {
    type Value = Object<'text>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'text>>(self, map: A) -> Result<Object<'text>, A::Error> {
        Object::read(map, USUAL_CLAIMS)
    }
}

struct OfText;

impl<'text> Visitor<'text> for OfText {
    type Value = Text<'text>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'text str) -> Result<Text<'text>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'text>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

struct OfAny;

impl<'text> Visitor<'text> for OfAny {
    type Value = Json<'text>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'text str) -> Result<Json<'text>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'text>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Json<'text>, E> {
        Ok(Json::Integer(integer))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Json<'text>, E> {
        Ok(i64::try_from(integer).map_or(Json::Other, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'text>, E> {
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json<'text>, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json<'text>, E> {
        Ok(Json::Other)
    }

    fn visit_seq<A: SeqAccess<'text>>(self, mut sequence: A) -> Result<Json<'text>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'text>>(self, map: A) -> Result<Json<'text>, A::Error> {
        Object::read(map, 0).map(Json::Object)
    }
}

#[cfg(test)]
mod tests;
