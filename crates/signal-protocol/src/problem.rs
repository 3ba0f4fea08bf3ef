//! Errors on the wire: RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ErrorCode;

/// One field, header or parameter that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Where: a path into the body (`room_config.name`), or the name of a header, path or query parameter.
    pub field: String,
    /// What is wrong with it and what would be right. Never repeats the value.
    pub problem: String,
}

/// The body of every answer that is not a success.
///
/// A client acts on `code`; `title` is for people and may be reworded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDocument {
    /// A reference to the documentation of `code`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in one sentence for people.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// What happened, for programs. Stable.
    pub code: ErrorCode,
    /// The trace in which it happened: 32 hexadecimal digits, to quote when asking for help.
    pub trace_id: String,
    /// With `invalid_field`: every fault that was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// What some codes add, `call_id` of `already_in_call` for one.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub extensions: serde_json::Map<String, serde_json::Value>,
}

impl ProblemDocument {
    /// The document of `code` with nothing added.
    #[must_use]
    pub fn new(code: ErrorCode, trace_id: String) -> Self {
        Self {
            kind: code.reference(),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            trace_id,
            fields: Vec::new(),
            extensions: serde_json::Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_stand_beside_the_standard_members() {
        let mut problem =
            ProblemDocument::new(ErrorCode::RoomNotFound, "0af7651916cd43dd8448eb211c80319c".to_owned());
        problem.extensions.insert("hint".to_owned(), "x".into());
        assert_eq!(
            serde_json::to_value(&problem).expect("a problem is JSON"),
            serde_json::json!({
                "type": "urn:problem:realtime:room_not_found", "title": "There is no such room for you.", "status": 404,
                "code": "room_not_found", "trace_id": "0af7651916cd43dd8448eb211c80319c", "hint": "x",
            })
        );
    }
}
