//! The first message, and what is none.

use bytes::Bytes;
use signal_protocol::ErrorCode;
use signal_protocol::socket::Close;
use signalling::{Input, Session};

use crate::given::{ONE, call, identity, ms, news, state};
use crate::tape::{HELLO, Tape};

#[test]
fn a_client_that_says_hello_is_welcomed_with_how_things_stand() {
    let mut tape = Tape::new();
    assert_eq!(tape.says(HELLO), ["verify t1 phone"]);
    assert_eq!(tape.hears(Input::Verified(Ok(identity("alice", 60)))), ["read - 64"]);
    // The cursor is read before how things stand.
    assert_eq!(tape.hears(Input::Read(Ok(news(1, 0)))), ["snapshot"]);
    let calls = vec![call(ONE, 1, "ringing", "invited")];
    assert_eq!(tape.hears(Input::Snapshot(Ok(state(calls)))), ["send welcome c0 - 1", "ping"]);
}

#[test]
fn a_socket_is_written_down_once_its_client_has_answered_a_ping_after_the_welcome() {
    let mut tape = verified();
    tape.hears(Input::Read(Ok(news(1, 0))));
    assert!(tape.hears(Input::Pong).is_empty(), "whoever sent that may be gone by the welcome");
    tape.hears(Input::Snapshot(Ok(state(Vec::new()))));
    assert_eq!(tape.says(r#"{"type":"ping"}"#), ["send pong"], "so may what was sent before it");
    assert_eq!(tape.hears(Input::Pong), ["open"]);
    assert!(tape.hears(Input::Pong).is_empty(), "one at a time");
    tape.hears(Input::Opened(Err(ErrorCode::StoreUnavailable)));
    assert_eq!(tape.hears(Input::Pong), ["open"], "once more after a failure");
    tape.hears(Input::Opened(Ok(())));
    assert!(tape.hears(Input::Pong).is_empty(), "and never again");
}

#[test]
fn nothing_may_come_before_hello() {
    let nothing = |input: Input| Tape::new().hears(input);
    for text in [
        r#"{"type":"ping"}"#,
        r#"{"type":"bye"}"#,
        r#"{"type":"ack","cursor":"c"}"#,
        r#"{"type":"authenticate","token":"t"}"#,
        r#"{"type":"command","request_id":"r","name":"call.invite"}"#,
        r#"{"type":"hello"}"#,
        r#"{"type":"hello","device":"phone"}"#,
        "nonsense",
        "",
    ] {
        assert_eq!(nothing(Input::Text(text.to_owned())), ["close 4401 token_missing"], "{text}");
    }
    assert_eq!(nothing(Input::Binary), ["close 4401 token_missing"]);
    assert_eq!(nothing(Input::TooLong), ["close 1009 too_large"]);
    // Frames of the connection are no messages.
    assert_eq!(nothing(Input::Ping(Bytes::from_static(b"x"))), ["pong x"]);
    assert!(nothing(Input::Pong).is_empty());
}

#[test]
fn an_ill_formed_hello_is_told_to_be_that() {
    for text in [
        r#"{"type":"hello","token":"t","device":"not a device"}"#,
        r#"{"type":"hello","token":"t","extra":1}"#,
        r#"{"type":"h\u0065llo","token":7}"#,
    ] {
        assert_eq!(Tape::new().says(text), ["close 4400 bad_message"], "{text}");
    }
}

#[test]
fn hello_must_come_within_five_seconds() {
    let mut tape = Tape::new();
    assert!(tape.waits(4_999).is_empty());
    assert_eq!(tape.waits(1), ["close 4408 hello_timeout"]);
    let mut tape = Tape::new();
    tape.waits(4_999);
    assert_eq!(tape.says(HELLO), ["verify t1 phone"]);
}

#[test]
fn a_second_hello_is_too_much() {
    let mut tape = Tape::new();
    tape.says(HELLO);
    assert_eq!(tape.says(HELLO), ["close 4400 bad_message"]);
    assert_eq!(Tape::live().says(HELLO), ["close 4400 bad_message"]);
    assert_eq!(Tape::live().hears(Input::Binary), ["close 4400 bad_message"]);
    assert_eq!(Tape::live().says("nonsense"), ["close 4400 bad_message"]);
}

#[test]
fn whoever_is_refused_is_told_why() {
    for why in [Close::TokenInvalid, Close::TokenExpired, Close::TooManyConnections] {
        let mut tape = Tape::new();
        tape.says(HELLO);
        let line = format!("close {} {}", why.code(), why.reason());
        assert_eq!(tape.hears(Input::Verified(Err(why))), [line]);
    }
    let mut tape = Tape::new();
    tape.says(HELLO);
    assert_eq!(tape.hears(Input::Verified(Ok(identity("alice", 0)))), ["close 4401 token_expired"]);
}

/// A session whose token is good, and that reads.
fn verified() -> Tape {
    let mut tape = Tape::new();
    tape.says(HELLO);
    tape.hears(Input::Verified(Ok(identity("alice", 60))));
    tape
}

#[test]
fn what_cannot_be_found_out_closes_a_socket_that_is_not_yet_open() {
    let down = ErrorCode::StoreUnavailable;
    assert_eq!(verified().hears(Input::Read(Err(down))), ["close 1013 store_unavailable"]);
    let mut tape = verified();
    tape.hears(Input::Read(Ok(news(1, 0))));
    assert_eq!(tape.hears(Input::Snapshot(Err(down))), ["close 1013 store_unavailable"]);
    let mut tape = Tape::new();
    tape.says(HELLO);
    let why = Close::Unavailable(ErrorCode::IdentityUnavailable);
    assert_eq!(tape.hears(Input::Verified(Err(why))), ["close 1013 identity_unavailable"]);
}

#[test]
fn nobody_waits_for_ever_for_a_welcome() {
    let mut tape = verified();
    tape.now += ms(9_999);
    assert!(tape.hears(Input::TimePassed).is_empty());
    assert_eq!(tape.waits(1), ["close 1013 internal"]);
}

#[test]
fn a_closed_session_says_and_wants_nothing_any_more() {
    let mut tape = Tape::live();
    assert_eq!(tape.says(r#"{"type":"bye"}"#), ["close 1000 bye"]);
    assert!(tape.says(HELLO).is_empty());
    assert!(tape.hears(Input::Rung).is_empty());
    assert_eq!(tape.session.next_deadline(), None);
    let mut tape = Tape::live();
    assert!(tape.hears(Input::Gone).is_empty());
    assert!(tape.session.is_over());
}

#[test]
fn what_a_client_sends_before_its_welcome_waits_for_it() {
    let mut tape = verified();
    assert!(tape.says(r#"{"type":"command","request_id":"r1","name":"call.invite"}"#).is_empty());
    assert!(tape.says(r#"{"type":"authenticate","token":"t2"}"#).is_empty());
    assert!(tape.says(r#"{"type":"ack","cursor":"c9"}"#).is_empty());
    tape.hears(Input::Read(Ok(news(1, 0))));
    assert_eq!(
        tape.hears(Input::Snapshot(Ok(state(Vec::new())))),
        ["send welcome c0 - 0", "ping", "renew t2", "check c9", "run r1"]
    );
}

#[test]
fn answers_that_nobody_asked_for_are_ignored() {
    let mut tape = Tape::new();
    for input in [
        Input::Verified(Ok(identity("alice", 60))),
        Input::Opened(Ok(())),
        Input::Read(Ok(news(1, 3))),
        Input::Snapshot(Ok(state(Vec::new()))),
        Input::Acknowledged(false),
        Input::Sent,
    ] {
        assert!(tape.hears(input).is_empty());
    }
    assert_eq!(tape.says(HELLO), ["verify t1 phone"]);
}

#[test]
fn nothing_that_was_said_is_shown_by_debugging() {
    let mut tape = Tape::new();
    let hello = Input::Text(HELLO.replace("t1", "secret"));
    let shown = format!("{hello:?}");
    let outputs = tape.session.on(hello, tape.now);
    tape.hears(Input::Verified(Ok(identity("alice", 60))));
    tape.says(r#"{"type":"authenticate","token":"secret"}"#);
    tape.says(r#"{"type":"command","request_id":"r","name":"signal.send","body":{"sdp":"secret"}}"#);
    let shown = format!("{shown} {outputs:?} {:?}", tape.session);
    assert!(
        shown.starts_with("Text [Verify] Session { id: 00000000-") && !shown.contains("secret"),
        "{shown}"
    );
}

#[test]
fn an_idle_session_is_small() {
    assert!(size_of::<Session>() <= 640, "{}", size_of::<Session>());
}
