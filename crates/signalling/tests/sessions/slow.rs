//! Clients that read slowly or not at all, and those that send too fast.

use bytes::Bytes;
use signalling::{Input, Limits};

use crate::given::news;
use crate::tape::Tape;

#[test]
fn no_more_is_read_than_the_client_takes() {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    assert_eq!(tape.hears(Input::Read(Ok(news(1, 64)))).len(), 64);
    assert!(tape.hears(Input::Rung).is_empty());
    assert!(tape.sends(31).is_empty());
    assert_eq!(tape.hears(Input::Sent), ["read c64 32"]);
}

#[test]
fn a_client_that_takes_nothing_for_ten_seconds_is_too_slow() {
    let mut tape = Tape::live();
    tape.says(r#"{"type":"ping"}"#);
    tape.waits(5_000);
    tape.says(r#"{"type":"ping"}"#);
    assert_eq!(tape.waits_for_deadline(), (5_000, vec!["close 1013 too_slow".to_owned()]));
}

#[test]
fn a_client_that_takes_something_now_and_then_is_not() {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    tape.hears(Input::Read(Ok(news(1, 40))));
    for _ in 0..8 {
        tape.now += crate::given::ms(9_999);
        tape.hears(Input::Sent);
        tape.hears(Input::Pong);
        assert!(!tape.session.is_over());
    }
}

#[test]
fn a_server_that_was_late_itself_does_not_hold_it_against_the_client() {
    let mut tape = Tape::live();
    tape.says(r#"{"type":"ping"}"#);
    tape.now += crate::given::ms(15_000);
    tape.hears(Input::Sent);
    assert!(!tape.session.is_over());
}

#[test]
fn more_than_the_queue_holds_is_too_much() {
    let mut tape = Tape::live_with(Limits { queue: 3, burst: 100, ..Limits::default() });
    for _ in 0..3 {
        assert_eq!(tape.hears(Input::Ping(Bytes::new())), ["pong "]);
    }
    assert_eq!(tape.says(r#"{"type":"ping"}"#), ["close 1013 too_slow"]);
}

#[test]
fn forty_messages_at_once_and_twenty_a_second_are_taken() {
    for input in
        [|| Input::Text(r#"{"type":"ping"}"#.to_owned()), || Input::Ping(Bytes::new()), || Input::Pong]
    {
        let mut tape = Tape::live();
        tape.now += crate::given::ms(10_000);
        for _ in 0..40 {
            tape.hears(input());
            assert!(!tape.session.is_over());
        }
        tape.now += crate::given::ms(50);
        tape.hears(input());
        assert!(!tape.session.is_over());
        assert_eq!(tape.hears(input()), ["close 4429 rate_limited"]);
    }
}
