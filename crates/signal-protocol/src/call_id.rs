//! The identifier of a call.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, schema};
use uuid::{Uuid, Version};

use crate::RoomId;

/// A call: a UUID of version 7 (RFC 9562), so that ids sort by the time of the invite.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CallId(Uuid);

/// A text that is no call id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID of version 7 in its usual form, in lower case")]
pub struct NoCallId;

impl CallId {
    /// Takes `text` as a call id. One spelling only, so that one call never has two names.
    pub fn parse(text: &str) -> Result<Self, NoCallId> {
        let id = Uuid::try_parse(text).ok().and_then(Self::of).ok_or(NoCallId)?;
        if id.to_string() == text { Ok(id) } else { Err(NoCallId) }
    }

    /// The id of this UUID, if it is of version 7.
    #[must_use]
    pub fn of(id: Uuid) -> Option<Self> {
        (id.get_version() == Some(Version::SortRand)).then_some(Self(id))
    }

    /// The room in which a call over LiveKit takes place.
    ///
    /// # Panics
    /// Never: the prefix and a UUID always make a room id.
    #[must_use]
    pub fn room(self) -> RoomId {
        RoomId::parse(&format!("{}{self}", RoomId::CALL_PREFIX)).expect("a UUID may stand in a room id")
    }

    /// The call whose room this is, if it is one's.
    #[must_use]
    pub fn of_room(room: &RoomId) -> Option<Self> {
        Self::parse(room.as_str().strip_prefix(RoomId::CALL_PREFIX)?).ok()
    }
}

impl From<CallId> for Uuid {
    fn from(CallId(id): CallId) -> Self {
        id
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CallId({self})")
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for CallId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .into()
    }
}

impl utoipa::ToSchema for CallId {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("CallId")
    }

    fn schemas(_schemas: &mut Vec<(String, RefOr<schema::Schema>)>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: &str = "0198c5a0-7c3e-7d5a-8f00-0123456789ab";

    #[test]
    fn only_version_7_in_its_usual_form_is_a_call() {
        assert_eq!(CallId::parse(SEVEN).expect("a call").to_string(), SEVEN);
        let upper = SEVEN.to_uppercase();
        for bad in
            [&upper, "0198c5a07c3e7d5a8f000123456789ab", "6fa459ea-ee8a-4ca4-894e-db77e160355e", "", "x"]
        {
            assert_eq!(CallId::parse(bad), Err(NoCallId), "{bad}");
        }
    }

    #[test]
    fn a_call_and_its_room_name_each_other() {
        let call = CallId::parse(SEVEN).expect("a call");
        assert!(call.room().is_call());
        assert_eq!(CallId::of_room(&call.room()), Some(call));
        assert_eq!(CallId::of_room(&RoomId::parse("call-7").expect("a room")), None);
        assert_eq!(CallId::of_room(&RoomId::parse("standup").expect("a room")), None);
    }
}
