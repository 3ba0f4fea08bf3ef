//! What a client says.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{CallId, DeviceId, RoomId};

/// A message of a client.
#[derive(Clone, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first one: who it is, and from where it goes on.
    Hello {
        /// An access token of Keycloak.
        token: String,
        /// Which of the user's devices this is; `default` if absent.
        #[schema(required = false)]
        device: DeviceId,
        /// The cursor of the last event that was taken in, when resuming.
        after: Option<String>,
    },
    /// A newer token of the same user.
    Authenticate {
        /// An access token of Keycloak.
        token: String,
    },
    /// Something to be done: what the HTTP call of the same name does.
    Command(CommandMessage),
    /// Everything up to this cursor was taken in.
    Ack {
        /// The cursor of an event, or of `welcome`.
        cursor: String,
    },
    /// Are you there?
    Ping,
    /// The client leaves.
    Bye,
}

/// A command, as it came. Its body is looked at by the handler, as that of an HTTP call is.
#[derive(Clone, ToSchema)]
pub struct CommandMessage {
    /// Comes back with the answer; the same thing as `Idempotency-Key`.
    pub request_id: String,
    /// Which one, see [`CommandName`](super::CommandName).
    pub name: String,
    /// The call in the path of the HTTP call.
    pub call_id: Option<String>,
    /// The room in the path of the HTTP call.
    pub room_id: Option<String>,
    /// The body of the HTTP call; absent where there is none.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Box<RawValue>>,
}

impl fmt::Debug for ClientMessage {
    /// What it is, without what may stand in no log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello { token: _, device, after } => {
                let mut shown = formatter.debug_struct("Hello");
                shown.field("device", device).field("after", after).finish_non_exhaustive()
            }
            Self::Authenticate { token: _ } => formatter.debug_struct("Authenticate").finish_non_exhaustive(),
            Self::Command(command) => command.fmt(formatter),
            Self::Ack { cursor } => formatter.debug_struct("Ack").field("cursor", cursor).finish(),
            Self::Ping => formatter.write_str("Ping"),
            Self::Bye => formatter.write_str("Bye"),
        }
    }
}

impl fmt::Debug for CommandMessage {
    /// Which it is, without its body, which may hold a session description.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Command");
        shown.field("request_id", &self.request_id).field("name", &self.name);
        shown.field("call_id", &self.call_id).field("room_id", &self.room_id).finish_non_exhaustive()
    }
}

/// Not a message, or not one with the fields that it must have: the socket is closed with
/// [`Close::BadMessage`](super::Close::BadMessage).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no message of this protocol")]
pub struct BadMessage;

/// What tells messages apart. Each is then read for itself: a body that is passed on as it came cannot be read through
/// serde's tagged enums.
#[derive(Deserialize)]
struct Tag<'text> {
    r#type: &'text str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hello {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    token: String,
    device: Option<DeviceId>,
    after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authenticate {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    request_id: String,
    name: String,
    call_id: Option<String>,
    room_id: Option<String>,
    body: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ack {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    cursor: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bare {
    #[serde(rename = "type")]
    _type: IgnoredAny,
}

impl ClientMessage {
    /// Reads one frame.
    pub fn parse(text: &str) -> Result<Self, BadMessage> {
        // serde would take a list of the fields as well.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(BadMessage);
        }
        let Tag { r#type } = read(text)?;
        match r#type {
            "hello" => {
                let Hello { token, device, after, .. } = read(text)?;
                Ok(Self::Hello { token, device: device.unwrap_or_default(), after })
            }
            "authenticate" => read(text).map(|Authenticate { token, .. }| Self::Authenticate { token }),
            "command" => {
                let Command { request_id, name, call_id, room_id, body, .. } = read(text)?;
                Ok(Self::Command(CommandMessage { request_id, name, call_id, room_id, body }))
            }
            "ack" => read(text).map(|Ack { cursor, .. }| Self::Ack { cursor }),
            "ping" => read(text).map(|Bare { .. }| Self::Ping),
            "bye" => read(text).map(|Bare { .. }| Self::Bye),
            _ => Err(BadMessage),
        }
    }
}

fn read<'text, T: Deserialize<'text>>(text: &'text str) -> Result<T, BadMessage> {
    serde_json::from_str(text).map_err(|_| BadMessage)
}

impl CommandMessage {
    /// The call it is about, if it names one that can exist.
    #[must_use]
    pub fn call(&self) -> Option<CallId> {
        self.call_id.as_deref().and_then(|id| CallId::parse(id).ok())
    }

    /// The room it is about, if it names one that can exist.
    #[must_use]
    pub fn room(&self) -> Option<RoomId> {
        self.room_id.as_deref().and_then(|id| RoomId::parse(id).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_read_with_its_own_fields_and_no_others() {
        for text in [
            r#"{"type":"hello","token":"t"}"#,
            r#"{"type":"hello","token":"t","device":"phone","after":"c"}"#,
            r#"{"type":"authenticate","token":"t"}"#,
            r#"{"type":"command","request_id":"r","name":"call.accept","call_id":"x","body":{}}"#,
            r#"{"type":"ack","cursor":"c"}"#,
            r#"{"type":"ping"}"#,
            r#" {"type":"bye"} "#,
        ] {
            assert!(ClientMessage::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "null",
            "[]",
            r#"{"type":"hello"}"#,
            r#"{"type":"hello","token":"t","device":"not a device"}"#,
            r#"{"type":"hello","token":"t","extra":1}"#,
            r#"{"type":"hello","token":"t","token":"u"}"#,
            r#"{"type":"authenticate","token":"t","after":"c"}"#,
            r#"{"type":"command","name":"call.accept"}"#,
            r#"{"type":"ack"}"#,
            r#"{"type":"ping","cursor":"c"}"#,
            r#"{"type":"ping","cursor":null}"#,
            r#"["ping"]"#,
            r#"{"type":"ping"}{"type":"ping"}"#,
            r#"{"type":"other"}"#,
            r#"{"token":"t"}"#,
        ] {
            assert!(matches!(ClientMessage::parse(text), Err(BadMessage)), "{text}");
        }
    }

    #[test]
    fn a_body_comes_as_it_was_sent() {
        let text =
            r#"{"type":"command","request_id":"r","name":"call.media","body":{"state" : "connected"}}"#;
        let Ok(ClientMessage::Command(command)) = ClientMessage::parse(text) else { panic!("a command") };
        assert_eq!(command.body.expect("a body").get(), r#"{"state" : "connected"}"#);
    }
}
