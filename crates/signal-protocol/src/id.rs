//! Identifiers that arrive from outside, each with its grammar.
//!
//! An identifier is built by `parse` and by nothing else, so a value of one of these types is always well formed and
//! may be put into a log line, a Redis key or a URL path segment without a second look.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, schema};

/// A text that is no identifier of the wanted kind. Its `Display` says what would be one, and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {grammar}")]
pub struct IllFormed {
    grammar: &'static str,
}

macro_rules! identifier {
    ($(#[$docs:meta])* $name:ident, max: $max:literal, pattern: $pattern:literal, first: $first:expr, rest: $rest:expr) => {
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The grammar as a regular expression, anchored at both ends.
            pub const PATTERN: &'static str = $pattern;

            /// Takes `text` as an identifier, or says what one looks like.
            pub fn parse(text: &str) -> Result<Self, IllFormed> {
                let first: fn(u8) -> bool = $first;
                let rest: fn(u8) -> bool = $rest;
                let bytes = text.as_bytes();
                match bytes.split_first() {
                    Some((head, tail)) if bytes.len() <= $max && first(*head) && tail.iter().all(|b| rest(*b)) => {
                        Ok(Self(text.to_owned()))
                    }
                    Some(_) | None => Err(IllFormed {
                        grammar: concat!("1 to ", stringify!($max), " characters that match ", $pattern),
                    }),
                }
            }

            /// The identifier as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IllFormed;

            fn from_str(text: &str) -> Result<Self, IllFormed> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .pattern(Some($pattern))
                    .max_length(Some($max))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }

            fn schemas(_schemas: &mut Vec<(String, RefOr<schema::Schema>)>) {}
        }
    };
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

identifier!(
    /// A room, named by the application that owns it.
    RoomId, max: 128, pattern: "^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}$",
    first: is_name, rest: |byte| is_name(byte) || byte == b'.' || byte == b':'
);

identifier!(
    /// A person: the `sub` of a Keycloak token, those of federated users (`f:<provider>:<id>`) included.
    UserId, max: 128, pattern: "^[A-Za-z0-9._@:-]{1,128}$",
    first: |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b':' | b'-'),
    rest: |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b':' | b'-')
);

identifier!(
    /// One of a person's devices, named by the client. Without a colon, so that `<user>:<device>` splits one way only.
    DeviceId, max: 64, pattern: "^[A-Za-z0-9_-]{1,64}$",
    first: is_name, rest: is_name
);

identifier!(
    /// One Keycloak realm. Tenants never meet: not in LiveKit, not in Redis.
    Tenant, max: 64, pattern: "^[A-Za-z0-9_-]{1,64}$",
    first: is_name, rest: is_name
);

impl RoomId {
    /// The prefix of rooms that belong to a call and cannot be chosen by an application.
    pub const CALL_PREFIX: &'static str = "call-";

    /// Whether the room is that of a call.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.0.starts_with(Self::CALL_PREFIX)
    }
}

impl Default for DeviceId {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rooms_follow_their_grammar() {
        for good in ["standup", "_", "-x", "A.b:c-d_e", "call-0", &"r".repeat(128)] {
            assert!(RoomId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".hidden", ":x", "a/b", "a b", "a\r\n", "a\0", "ü", "..", &"r".repeat(129)] {
            assert!(RoomId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn users_may_be_federated_and_devices_hold_no_colon() {
        assert!(UserId::parse("f:ldap-1:alice@example.org").is_ok());
        assert!(UserId::parse("al/ice").is_err());
        assert!(DeviceId::parse("phone-2_b").is_ok());
        assert!(DeviceId::parse("phone:2").is_err());
        assert_eq!(DeviceId::default().as_str(), "default");
    }

    #[test]
    fn only_the_reserved_prefix_makes_a_call_room() {
        assert!(RoomId::parse("call-7").is_ok_and(|room| room.is_call()));
        assert!(RoomId::parse("recall-7").is_ok_and(|room| !room.is_call()));
    }

    #[test]
    fn an_ill_formed_id_is_not_repeated_in_its_error() {
        let error = serde_json::from_str::<RoomId>("\"a/secret\"").expect_err("a slash is not allowed");
        assert!(error.to_string().contains("1 to 128 characters"));
        assert!(!error.to_string().contains("secret"));
    }

    proptest! {
        #[test]
        fn what_parses_is_what_was_given(text in "\\PC{0,140}") {
            if let Ok(room) = RoomId::parse(&text) {
                prop_assert_eq!(room.as_str(), text.as_str());
                prop_assert!(text.is_ascii() && !text.contains('/') && !text.starts_with('.'));
            }
        }
    }
}
