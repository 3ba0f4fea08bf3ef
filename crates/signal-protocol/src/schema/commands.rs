//! What each command of the socket takes and gives: one table beside [`CommandName`], compared with the HTTP API by its tests.

use serde_json::{Map, Value, json};

use super::dialect::reference;
use crate::socket::CommandName;

/// What a command is about: the part of the HTTP call's path that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Names {
    /// Nothing.
    Nothing,
    /// `call_id`.
    Call,
    /// `room_id`.
    Room,
}

/// What a command takes and gives, by the names of schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandShape {
    /// What it is about.
    pub names: Names,
    /// The schema of its body, if it takes one.
    pub body: Option<&'static str>,
    /// Whether the body may be left out.
    pub body_is_optional: bool,
    /// The schema of the answer's body, if it has one.
    pub answer: Option<&'static str>,
}

impl CommandShape {
    const fn about(names: Names, answer: Option<&'static str>) -> Self {
        Self { names, body: None, body_is_optional: true, answer }
    }

    const fn may_take(self, body: &'static str) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn takes(self, body: &'static str) -> Self {
        Self { body: Some(body), body_is_optional: false, ..self }
    }

    /// That of this command.
    #[must_use]
    pub const fn of(name: CommandName) -> Self {
        match name {
            CommandName::CallInvite => {
                Self::about(Names::Nothing, Some("InviteAnswer")).takes("InviteRequest")
            }
            CommandName::CallAccept => Self::about(Names::Call, Some("CallAnswer")).may_take("KeyRequest"),
            CommandName::CallDecline => {
                Self::about(Names::Call, Some("CallAnswer")).may_take("DeclineRequest")
            }
            CommandName::CallCancel | CommandName::CallHangup => {
                Self::about(Names::Call, Some("CallAnswer")).may_take("EmptyRequest")
            }
            CommandName::CallRinging => Self::about(Names::Call, None).may_take("KeyRequest"),
            CommandName::CallMedia => Self::about(Names::Call, None).takes("MediaReport"),
            CommandName::CallAddParty => {
                Self::about(Names::Call, Some("CallAnswer")).takes("AddPartyRequest")
            }
            CommandName::SignalSend => Self::about(Names::Call, Some("SignalAnswer")).takes("SignalRequest"),
            CommandName::RoomJoin => Self::about(Names::Room, Some("JoinAnswer")).may_take("JoinRequest"),
            CommandName::IceServersGet => Self::about(Names::Nothing, Some("IceServersAnswer")),
        }
    }

    fn message(self, name: CommandName) -> Value {
        let mut properties = Map::from_iter([
            (
                "request_id".to_owned(),
                json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$",
                "description": "Comes back with the answer; the same thing as `Idempotency-Key`." }),
            ),
            ("name".to_owned(), json!({ "const": name.as_str() })),
        ]);
        let mut required = vec!["request_id", "name"];
        if let Some(field) = self.names.field() {
            properties.insert(field.name.to_owned(), reference(field.schema));
            required.push(field.name);
        }
        if let Some(body) = self.body {
            properties.insert("body".to_owned(), reference(body));
            if !self.body_is_optional {
                required.push("body");
            }
        }
        let (method, path) = name.http();
        json!({ "type": "object", "description": format!("What `{method} {path}` does."), "properties": properties, "required": required })
    }

    fn row(self, name: CommandName) -> Value {
        let (method, path) = name.http();
        let mut row = Map::from_iter([
            ("name".to_owned(), json!(name.as_str())),
            ("method".to_owned(), json!(method)),
            ("path".to_owned(), json!(path)),
        ]);
        if let Some(body) = self.body {
            row.insert("body".to_owned(), reference(body));
            row.insert("body_is_optional".to_owned(), json!(self.body_is_optional));
        }
        if let Some(answer) = self.answer {
            row.insert("answer".to_owned(), reference(answer));
        }
        Value::Object(row)
    }
}

/// A field of a message that stands for a part of a path.
struct Field {
    name: &'static str,
    schema: &'static str,
}

impl Names {
    const fn field(self) -> Option<Field> {
        match self {
            Self::Nothing => None,
            Self::Call => Some(Field { name: "call_id", schema: "CallId" }),
            Self::Room => Some(Field { name: "room_id", schema: "RoomId" }),
        }
    }
}

/// The schema of a command, whichever it is.
pub(super) fn message() -> Value {
    let variants: Vec<Value> =
        CommandName::ALL.iter().map(|name| CommandShape::of(*name).message(*name)).collect();
    json!({ "description": "A command. An answer with the same `request_id` follows.", "oneOf": variants })
}

/// Every command in a row of its own.
pub(super) fn table() -> Value {
    CommandName::ALL.iter().map(|name| CommandShape::of(*name).row(*name)).collect()
}
