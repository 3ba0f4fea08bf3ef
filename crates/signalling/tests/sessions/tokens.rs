//! Tokens that expire and are renewed.

use signal_protocol::ErrorCode;
use signal_protocol::socket::Close;
use signalling::Input;

use crate::given::{identity, news, state};
use crate::tape::{HELLO, Tape};

const RENEW: &str = r#"{"type":"authenticate","token":"t2"}"#;

/// A client whose token is good for 60 seconds.
fn live_for_a_minute() -> Tape {
    let mut tape = Tape::new();
    tape.says(HELLO);
    tape.hears(Input::Verified(Ok(identity("alice", 60))));
    tape.hears(Input::Read(Ok(news(1, 0))));
    tape.hears(Input::Snapshot(Ok(state(Vec::new()))));
    tape.sends(2);
    tape
}

/// Lets so much time pass that the client answers each ping.
fn waits(tape: &mut Tape, seconds: u64) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..seconds {
        let lines = tape.waits(1_000);
        if lines == ["ping"] {
            tape.hears(Input::Sent);
            tape.hears(Input::Pong);
        } else {
            said.extend(lines);
        }
    }
    said
}

#[test]
fn the_socket_closes_when_its_token_expires() {
    let mut tape = live_for_a_minute();
    assert!(waits(&mut tape, 59).is_empty());
    assert_eq!(waits(&mut tape, 1), ["close 4401 token_expired"]);
}

#[test]
fn a_newer_token_keeps_it_open() {
    let mut tape = live_for_a_minute();
    waits(&mut tape, 50);
    assert_eq!(tape.says(RENEW), ["renew t2"]);
    assert_eq!(tape.hears(Input::Verified(Ok(identity("alice", 60)))), ["send authenticated"]);
    tape.hears(Input::Sent);
    assert!(waits(&mut tape, 59).is_empty());
    assert_eq!(waits(&mut tape, 1), ["close 4401 token_expired"]);
}

#[test]
fn a_token_of_somebody_else_closes_it() {
    let mut tape = live_for_a_minute();
    tape.says(RENEW);
    assert_eq!(tape.hears(Input::Verified(Ok(identity("bob", 60)))), ["close 4401 token_invalid"]);
}

#[test]
fn a_token_that_is_refused_closes_it() {
    let mut tape = live_for_a_minute();
    tape.says(RENEW);
    assert_eq!(tape.hears(Input::Verified(Err(Close::TokenExpired))), ["close 4401 token_expired"]);
    let mut tape = live_for_a_minute();
    tape.says(RENEW);
    assert_eq!(tape.hears(Input::Verified(Ok(identity("alice", 0)))), ["close 4401 token_expired"]);
}

#[test]
fn a_login_that_is_ended_closes_it_whatever_it_waits_for() {
    let mut tape = live_for_a_minute();
    assert_eq!(tape.hears(Input::Revoked), ["close 4401 token_invalid"]);
    assert!(tape.hears(Input::Revoked).is_empty());
    let mut renewing = live_for_a_minute();
    renewing.says(RENEW);
    assert_eq!(renewing.hears(Input::Revoked), ["close 4401 token_invalid"]);
    assert!(renewing.hears(Input::Verified(Ok(identity("alice", 60)))).is_empty());
    let mut arriving = Tape::new();
    arriving.says(HELLO);
    arriving.hears(Input::Verified(Ok(identity("alice", 60))));
    assert_eq!(arriving.hears(Input::Revoked), ["close 4401 token_invalid"]);
}

#[test]
fn a_token_that_cannot_be_looked_at_now_changes_nothing() {
    let mut tape = live_for_a_minute();
    tape.says(RENEW);
    let why = Close::Unavailable(ErrorCode::IdentityUnavailable);
    assert!(tape.hears(Input::Verified(Err(why))).is_empty());
    assert_eq!(tape.says(RENEW), ["renew t2"]);
    assert_eq!(waits(&mut tape, 60), ["close 4401 token_expired"]);
}

#[test]
fn of_several_tokens_the_last_one_counts() {
    let mut tape = live_for_a_minute();
    tape.says(RENEW);
    assert!(tape.says(r#"{"type":"authenticate","token":"t3"}"#).is_empty());
    assert!(tape.says(r#"{"type":"authenticate","token":"t4"}"#).is_empty());
    let next = tape.hears(Input::Verified(Ok(identity("alice", 60))));
    assert_eq!(next, ["send authenticated", "renew t4"]);
}
