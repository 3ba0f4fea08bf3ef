//! The load: on each connection two people, of whom one calls the other, again and again.

use std::ops::Range;

use anyhow::{Context as _, Result};

use super::super::load::{Answer, Dialogue, expect};
use super::super::tokens::user_id;

/// What is written for the call's id where a request is made beforehand.
const NO_CALL: &str = "00000000-0000-0000-0000-000000000000";

/// The commands of a call, each with who gives it and the status of its answer.
pub(super) const COMMANDS: [(&str, Role, u16); 4] = [
    ("invite", Role::Caller, 201),
    ("ringing", Role::Callee, 204),
    ("accept", Role::Callee, 200),
    ("hangup", Role::Caller, 200),
];

/// One of two people.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Caller,
    Callee,
}

/// As many pairs as there are lanes: lane 0 has people 0 and 1, and so on.
#[derive(Debug, Clone)]
pub(super) struct Pairs(Vec<Pair>);

/// Two people in a call, or about to be.
#[derive(Debug, Clone)]
struct Pair {
    requests: [Request; COMMANDS.len()],
    /// What is asked next.
    next: usize,
}

/// A request made beforehand, but for the call's id.
#[derive(Debug, Clone)]
struct Request {
    bytes: Box<[u8]>,
    call: Option<Range<usize>>,
}

impl Pairs {
    /// Of people with these access tokens.
    pub(super) fn new(tokens: &[String]) -> Self {
        let pairs = tokens.chunks_exact(2).enumerate();
        Self(pairs.map(|(number, tokens)| Pair::new(number, [&tokens[0], &tokens[1]])).collect())
    }
}

impl Dialogue for Pairs {
    fn request(&mut self, lane: usize) -> &[u8] {
        let pair = &self.0[lane];
        &pair.requests[pair.next].bytes
    }

    fn answered(&mut self, lane: usize, answer: &Answer<'_>) -> Result<()> {
        let pair = &mut self.0[lane];
        let (command, _, status) = COMMANDS[pair.next];
        expect(answer, status).context(command)?;
        if pair.next == 0 {
            pair.call_is(call_id(answer.body).context("the answer to an invite names no call")?);
        }
        pair.next = (pair.next + 1) % COMMANDS.len();
        Ok(())
    }

    fn is_midway(&self, lane: usize) -> bool {
        self.0[lane].next != 0
    }
}

impl Pair {
    /// With the tokens of the caller and of the callee.
    fn new(number: usize, tokens: [&str; 2]) -> Self {
        let requests = COMMANDS.map(|(command, role, _)| {
            let (path, body) = match command {
                "invite" => (
                    "/internal/calls".to_owned(),
                    format!(
                        r#"{{"callees":["{}"],"kind":"audio","media":"livekit"}}"#,
                        user_id(2 * number + 1)
                    ),
                ),
                _ => (format!("/internal/calls/{NO_CALL}/{command}"), "{}".to_owned()),
            };
            let token = match role {
                Role::Caller => tokens[0],
                Role::Callee => tokens[1],
            };
            Request::new(&path, token, number, &body)
        });
        Self { requests, next: 0 }
    }

    fn call_is(&mut self, id: &[u8]) {
        for request in &mut self.requests {
            if let Some(call) = request.call.clone() {
                request.bytes[call].copy_from_slice(id);
            }
        }
    }
}

impl Request {
    /// As realtime-service relays it.
    fn new(path: &str, token: &str, pair: usize, body: &str) -> Self {
        let text = format!(
            "POST {path} HTTP/1.1\r\n\
             host: call-state:8082\r\n\
             authorization: Bearer {token}\r\n\
             x-device-id: browser\r\n\
             content-type: application/json\r\n\
             accept: */*\r\n\
             traceparent: 00-0af7651916cd43dd8448eb21{pair:08x}-b7ad6b71{pair:08x}-00\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let call = text.find(NO_CALL).map(|at| at..at + NO_CALL.len());
        Self { bytes: text.into_bytes().into(), call }
    }
}

/// The first `"id":"…"` of an answer: whatever it answers, the call comes first.
pub(super) fn call_id(body: &[u8]) -> Option<&[u8]> {
    const BEFORE: &[u8] = br#""id":""#;
    let at = body.windows(BEFORE.len()).position(|window| window == BEFORE)? + BEFORE.len();
    body.get(at..at + NO_CALL.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_of_the_invites_answer_is_what_the_other_commands_are_about() {
        let mut pairs = Pairs::new(&["caller".to_owned(), "callee".to_owned()]);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text(pairs.request(0)).starts_with("POST /internal/calls HTTP/1.1\r\n"));
        let call = "01989d2c-5f2b-7c32-9a0e-0d6f6f2b7f10";
        let body = format!(r#"{{"call":{{"id":"{call}","version":1}}}}"#);
        pairs.answered(0, &Answer { status: 201, body: body.as_bytes() }).unwrap();
        for (command, _, status) in &COMMANDS[1..] {
            assert!(pairs.is_midway(0));
            let line = format!("POST /internal/calls/{call}/{command} HTTP/1.1\r\n");
            assert!(text(pairs.request(0)).starts_with(&line));
            pairs.answered(0, &Answer { status: *status, body: b"{}" }).unwrap();
        }
        assert!(!pairs.is_midway(0));
    }
}
