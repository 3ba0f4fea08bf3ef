//! What a room is to be, once it is known to be fit.

use std::num::NonZeroU32;

use http_server::{Problem, Refusal};
use signal_protocol::{ErrorCode, FieldProblem, RoomId, RoomRequest, is_deceptive};

const NAME_MAX_CHARACTERS: usize = 256;
const METADATA_MAX_BYTES: usize = 2 * 1024;

/// Everything about a request that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the room cannot be as it is wanted")]
pub(crate) struct Unfit(pub(crate) Vec<FieldProblem>);

impl Refusal for Unfit {
    fn problem(&self) -> Problem {
        self.0.iter().fold(Problem::new(ErrorCode::InvalidField), |problem, fault| {
            problem.field(&fault.field, &fault.problem)
        })
    }
}

/// What a room is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RoomWishes {
    pub(super) name: Option<String>,
    pub(super) max_participants: Option<NonZeroU32>,
    pub(super) metadata: Option<String>,
}

impl RoomWishes {
    /// Takes `request` for `room`, or lists everything that is wrong with it. `most` is how many may be in any room.
    pub(crate) fn check(room: &RoomId, request: RoomRequest, most: u32) -> Result<Self, Unfit> {
        let RoomRequest { name, max_participants, metadata } = request;
        let mut faults = Vec::new();
        let mut add = |field: &str, problem: String| {
            faults.push(FieldProblem { field: field.to_owned(), problem });
        };
        if room.is_call() {
            add(
                "room_id",
                format!("must not begin with `{}`: such rooms belong to calls", RoomId::CALL_PREFIX),
            );
        }
        if let Some(problem) = name.as_deref().and_then(name_problem) {
            add("name", problem.to_owned());
        }
        if max_participants.is_some_and(|wanted| wanted.get() > most) {
            add("max_participants", format!("must be at most {most} (ROOMS__PARTICIPANTS_MAX)"));
        }
        if metadata.as_ref().is_some_and(|metadata| metadata.len() > METADATA_MAX_BYTES) {
            add("metadata", format!("must be at most {METADATA_MAX_BYTES} bytes"));
        }
        if faults.is_empty() { Ok(Self { name, max_participants, metadata }) } else { Err(Unfit(faults)) }
    }
}

fn name_problem(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("must not be blank; leave it out if the room has none")
    } else if name.chars().count() > NAME_MAX_CHARACTERS {
        Some("must be at most 256 characters")
    } else if name.contains(is_deceptive) {
        Some("must hold no control characters, nor others that show nothing and change how the name reads")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(room: &str, request: &Value, blamed: &[&str]) {
        let room = RoomId::parse(room).unwrap();
        let request = serde_json::from_value(request.clone()).unwrap();
        let found = match RoomWishes::check(&room, request, 500) {
            Ok(_) => Vec::new(),
            Err(Unfit(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        };
        assert_eq!(found, blamed);
    }

    #[test]
    fn a_room_is_what_it_may_be() {
        check("standup", &json!({}), &[]);
        let most = json!({ "name": "é".repeat(256), "max_participants": 500, "metadata": "m".repeat(2048) });
        check("standup", &most, &[]);
        check("standup", &json!({ "max_participants": 1, "metadata": "" }), &[]);
    }

    #[test]
    fn everything_that_is_wrong_is_listed_at_once() {
        let wrong = json!({ "name": "n".repeat(257), "max_participants": 501, "metadata": "é".repeat(1025) });
        check("call-7", &wrong, &["room_id", "name", "max_participants", "metadata"]);
        for name in ["", " \t", "a\u{202e}b", "a\nb", "\0"] {
            check("standup", &json!({ "name": name }), &["name"]);
        }
    }
}
