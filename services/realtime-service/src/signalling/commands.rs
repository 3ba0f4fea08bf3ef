//! A command of a socket as the HTTP call that it stands for: the same route, and so the same limits, handler and answer.

use std::borrow::Cow;

use actix_web::http::Method;
use actix_web::web::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use signal_protocol::socket::{AnswerMessage, CommandMessage, CommandName};
use signal_protocol::{ErrorCode, FieldProblem, ProblemDocument};

/// What may stand in a segment of a path as it is. All else is escaped, so that an id stays one segment whatever it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');

/// The longest id that is looked at, well beyond what any may have.
const LONGEST_ID: usize = 256;

/// The HTTP call of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HttpCall {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Bytes>,
}

impl HttpCall {
    /// What `command` stands for, or which of its fields is wrong.
    pub(super) fn of(command: &CommandMessage) -> Result<Self, FieldProblem> {
        check_request_id(&command.request_id)?;
        let name = CommandName::parse(&command.name).ok_or_else(|| wrong("name", "is no command"))?;
        let (method, pattern) = name.http();
        let method = if method == "GET" { Method::GET } else { Method::POST };
        let path = fill(pattern, "call_id", command.call_id.as_deref())?;
        let path = fill(&path, "room_id", command.room_id.as_deref())?.into_owned();
        let body = command.body.as_ref().map(|body| Bytes::copy_from_slice(body.get().as_bytes()));
        Ok(Self { method, path, body })
    }
}

/// The answer to a command that stands for no HTTP call.
pub(super) fn refused(request_id: String, fault: FieldProblem) -> AnswerMessage {
    let trace_id = telemetry::trace_id().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let mut problem = ProblemDocument::new(ErrorCode::InvalidField, trace_id);
    problem.fields.push(fault);
    AnswerMessage {
        request_id,
        status: problem.status,
        body: None,
        problem: serde_json::value::to_raw_value(&problem).ok(),
    }
}

/// The grammar of `Idempotency-Key`, which it is; here it names the answer as well, so every command has one.
fn check_request_id(id: &str) -> Result<(), FieldProblem> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (8..=64).contains(&id.len()) && id.bytes().all(is_word) {
        Ok(())
    } else {
        Err(wrong("request_id", "must be 8 to 64 characters that match ^[A-Za-z0-9_-]{8,64}$"))
    }
}

/// The path with `id` in place of the parameter `name`, which there must be in both or in none.
fn fill<'path>(
    pattern: &'path str,
    name: &'static str,
    id: Option<&str>,
) -> Result<Cow<'path, str>, FieldProblem> {
    match (pattern.split_once(&format!("{{{name}}}")), id) {
        (None, None) => Ok(Cow::Borrowed(pattern)),
        (None, Some(_)) => Err(wrong(name, "is not of this command")),
        (Some(_), None | Some("")) => Err(wrong(name, "is missing")),
        (Some(_), Some(id)) if id.len() > LONGEST_ID => Err(wrong(name, "is too long")),
        (Some((before, after)), Some(id)) => {
            Ok(Cow::Owned(format!("{before}{}{after}", utf8_percent_encode(id, ESCAPED))))
        }
    }
}

fn wrong(field: &str, problem: &str) -> FieldProblem {
    FieldProblem { field: field.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use signal_protocol::socket::ClientMessage;

    use super::*;

    fn command(fields: &str) -> CommandMessage {
        let text = format!(r#"{{"type":"command","request_id":"request-1",{fields}}}"#);
        match ClientMessage::parse(&text) {
            Ok(ClientMessage::Command(command)) => command,
            other => panic!("{other:?} of {text}"),
        }
    }

    fn path(fields: &str) -> Result<String, String> {
        HttpCall::of(&command(fields)).map(|call| call.path).map_err(|fault| fault.field)
    }

    #[test]
    fn an_id_is_one_segment_of_the_path_whatever_it_is() {
        for (id, segment) in [
            ("0198c5a0-7c3e-7d5a-8f00-0123456789ab", "0198c5a0-7c3e-7d5a-8f00-0123456789ab"),
            ("../../rooms/x", "..%2F..%2Frooms%2Fx"),
            ("a?dry_run=true#", "a%3Fdry_run%3Dtrue%23"),
            ("a b\\u00fc%2f", "a%20b%C3%BC%252f"),
        ] {
            let found = path(&format!(r#""name":"call.accept","call_id":"{id}""#));
            assert_eq!(found, Ok(format!("/api/realtime/calls/{segment}/accept")));
        }
    }

    #[test]
    fn a_command_has_the_ids_of_its_path_and_no_others() {
        assert_eq!(path(r#""name":"call.accept""#), Err("call_id".to_owned()));
        assert_eq!(path(r#""name":"call.accept","call_id":"""#), Err("call_id".to_owned()));
        assert_eq!(path(r#""name":"call.invite","call_id":"x","body":{}"#), Err("call_id".to_owned()));
        assert_eq!(path(r#""name":"room.join","call_id":"x""#), Err("call_id".to_owned()));
        assert_eq!(path(r#""name":"room.join","room_id":"x""#), Ok("/api/realtime/rooms/x/join".to_owned()));
        assert_eq!(path(r#""name":"ice_servers.get""#), Ok("/api/realtime/ice-servers".to_owned()));
    }

    #[test]
    fn what_is_no_command_or_has_no_usable_id_is_refused_by_its_field() {
        assert_eq!(path(r#""name":"call.explode""#), Err("name".to_owned()));
        let mut command = command(r#""name":"ice_servers.get""#);
        for id in ["", "short", "with space", "ümlaut-ümlaut", &"x".repeat(65)] {
            command.request_id = id.to_owned();
            assert_eq!(HttpCall::of(&command).map_err(|fault| fault.field), Err("request_id".to_owned()));
        }
    }

    #[test]
    fn a_body_is_passed_on_as_it_came() {
        let found = HttpCall::of(&command(r#""name":"call.invite","body":{"callees" : [ "bob" ]}"#));
        assert_eq!(found.map(|call| call.body), Ok(Some(Bytes::from(r#"{"callees" : [ "bob" ]}"#))));
    }
}
