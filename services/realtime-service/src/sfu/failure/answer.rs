//! Reading an answer that is not 200: in Twirp's form it is LiveKit's own, else that of somebody on the way.

use http_client::{Response, StatusCode};
use serde::Deserialize;

use super::{SfuFailure, Trouble};

/// How much of LiveKit's own text is kept for the log.
const MESSAGE_CHARS: usize = 200;

/// How LiveKit says, by the code `unknown`, that what it was about to change was deleted under its hands.
const GONE: &str = "could not find object";

/// Twirp's error document.
#[derive(Deserialize)]
struct Document {
    code: String,
    #[serde(default)]
    msg: String,
}

/// What an answer that is not 200 means.
pub(in crate::sfu) fn refusal(answer: &Response) -> SfuFailure {
    match answer.json::<Document>() {
        Ok(Document { code, msg }) => told(code, &msg),
        Err(_) => passed(answer.status),
    }
}

/// LiveKit's own words, by the codes of Twirp's specification.
fn told(code: String, message: &str) -> SfuFailure {
    let failure: fn(Trouble) -> SfuFailure = match code.as_str() {
        "not_found" => return SfuFailure::NotFound,
        "unknown" if message == GONE => return SfuFailure::NotFound,
        "deadline_exceeded" => |trouble| SfuFailure::TimedOut(Some(trouble)),
        "unavailable" | "resource_exhausted" => SfuFailure::Unavailable,
        _ => SfuFailure::Rejected,
    };
    failure(Trouble::Told { code, message: message.chars().take(MESSAGE_CHARS).collect() })
}

/// Somebody else's answer: an ingress without LiveKit behind it, or LiveKit's own check of the key, which is plain text. A
/// 404 of theirs says nothing about a room.
fn passed(status: StatusCode) -> SfuFailure {
    let trouble = Trouble::Status(status);
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => SfuFailure::TimedOut(Some(trouble)),
        StatusCode::TOO_MANY_REQUESTS => SfuFailure::Unavailable(trouble),
        status if status.is_server_error() => SfuFailure::Unavailable(trouble),
        _ => SfuFailure::Rejected(trouble),
    }
}

#[cfg(test)]
mod tests {
    use http_client::HeaderMap;

    use super::*;

    fn outcome(status: u16, body: &'static str) -> &'static str {
        let status = StatusCode::from_u16(status).unwrap();
        refusal(&Response { status, headers: HeaderMap::new(), body: body.into() }).outcome()
    }

    #[test]
    fn livekit_s_own_words_are_told_from_those_of_somebody_on_the_way() {
        let cases = [
            (404, r#"{"code":"not_found","msg":"requested room does not exist"}"#, "not_found"),
            (500, r#"{"code":"unknown","msg":"could not find object"}"#, "not_found"),
            (500, r#"{"code":"unknown","msg":"x"}"#, "rejected"),
            (404, r#"{"code":"bad_route","msg":"no handler"}"#, "rejected"),
            (404, "404 page not found", "rejected"),
            (404, r#"{"code":404}"#, "rejected"),
            (401, "invalid authorization token", "rejected"),
            (401, r#"{"code":"unauthenticated"}"#, "rejected"),
            (500, r#"{"code":"internal","msg":"x"}"#, "rejected"),
            (503, r#"{"code":"unavailable","msg":"no response from servers"}"#, "unavailable"),
            (408, r#"{"code":"deadline_exceeded","msg":"x"}"#, "timeout"),
            (502, "", "unavailable"),
            (503, "<html>no server is available</html>", "unavailable"),
            (504, "<html>", "timeout"),
            (429, "slow down", "unavailable"),
            (302, "", "rejected"),
        ];
        for (status, body, expected) in cases {
            assert_eq!(outcome(status, body), expected, "{status} {body}");
        }
    }
}
