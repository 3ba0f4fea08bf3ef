//! Whether the client is still there.

use bytes::Bytes;
use signal_protocol::Call;
use signalling::{Input, News};

use crate::given::{ONE, TWO, answer, call, call_event, command_text, lost, news, state, with_call};
use crate::tape::Tape;

/// How long it takes to the next ping, in milliseconds. The client answers.
fn next_ping(tape: &mut Tape) -> u128 {
    let (waited, lines) = tape.waits_for_deadline();
    assert_eq!(lines, ["ping"]);
    tape.hears(Input::Sent);
    tape.hears(Input::Pong);
    waited
}

fn reads(tape: &mut Tape, kind: &str, call: &Call) {
    tape.hears(Input::Rung);
    let news = News { events: vec![call_event(1, kind, call)], ..news(2, 1) };
    tape.hears(Input::Read(Ok(news)));
    tape.sends(1);
}

/// Runs a command, which is answered so.
fn runs(tape: &mut Tape, name: &str, status: u16, body: Option<&str>) {
    tape.says(&command_text("r1", name, ONE));
    let ticket = *tape.tickets.last().unwrap();
    tape.hears(Input::Answered { ticket, answer: answer("r1", status, body) });
    tape.sends(1);
}

#[test]
fn a_client_that_answers_is_pinged_every_twenty_seconds() {
    let mut tape = Tape::live();
    assert_eq!([next_ping(&mut tape), next_ping(&mut tape), next_ping(&mut tape)], [20_000; 3]);
}

#[test]
fn a_client_that_is_silent_after_two_pings_is_gone() {
    let mut tape = Tape::live();
    for expected in ["ping", "ping", "close 4408 ping_timeout"] {
        let (waited, lines) = tape.waits_for_deadline();
        assert_eq!((waited, lines), (20_000, vec![expected.to_owned()]));
        tape.hears(Input::Sent);
    }
}

#[test]
fn any_word_of_the_client_is_a_sign_of_life() {
    for word in ["text", "ping", "pong"] {
        let mut tape = Tape::live();
        for _ in 0..2 {
            tape.waits_for_deadline();
            tape.hears(Input::Sent);
        }
        match word {
            "text" => tape.says(r#"{"type":"ping"}"#),
            "ping" => tape.hears(Input::Ping(Bytes::new())),
            _ => tape.hears(Input::Pong),
        };
        tape.sends(1);
        assert_eq!(tape.waits_for_deadline().1, ["ping"], "{word}");
    }
}

#[test]
fn a_server_that_was_late_itself_gives_the_client_its_time() {
    let mut tape = Tape::live();
    assert_eq!(tape.waits(90_000), ["ping"]);
    tape.hears(Input::Sent);
    assert_eq!(tape.waits_for_deadline(), (20_000, vec!["ping".to_owned()]));
}

#[test]
fn in_a_call_it_is_every_five_seconds() {
    let mut tape = Tape::live();
    tape.now += crate::given::ms(3_000);
    reads(&mut tape, "call.accepted", &call(ONE, 2, "active", "accepted"));
    assert_eq!([next_ping(&mut tape), next_ping(&mut tape)], [5_000; 2]);
    reads(&mut tape, "call.ended", &call(ONE, 3, "ended", "left"));
    assert_eq!([next_ping(&mut tape), next_ping(&mut tape)], [5_000, 20_000]);
}

#[test]
fn what_others_do_and_other_devices_do_is_no_call_of_this_device() {
    let mut tape = Tape::live();
    reads(&mut tape, "call.ringing", &call(ONE, 1, "ringing", "invited"));
    assert_eq!(next_ping(&mut tape), 20_000);
    let elsewhere: Call = {
        let mut call = call(ONE, 2, "active", "accepted");
        call.parties[1].device = Some("laptop".parse().unwrap());
        call
    };
    reads(&mut tape, "call.stopped", &elsewhere);
    assert_eq!(next_ping(&mut tape), 20_000);
}

#[test]
fn answers_tell_of_it_too() {
    let body = with_call(ONE, 2, "active", "accepted");
    let mut tape = Tape::live();
    runs(&mut tape, "call.accept", 200, Some(&body));
    assert_eq!(next_ping(&mut tape), 5_000);
    runs(&mut tape, "call.hangup", 200, Some(&with_call(ONE, 3, "ended", "left")));
    assert_eq!([next_ping(&mut tape), next_ping(&mut tape)], [5_000, 20_000]);
    // An answer that is overtaken by the end of the call says nothing new.
    runs(&mut tape, "call.accept", 200, Some(&body));
    assert_eq!(next_ping(&mut tape), 20_000);
}

#[test]
fn whoever_may_signal_is_in_the_call() {
    let mut tape = Tape::live();
    runs(&mut tape, "signal.send", 202, Some(r#"{"signal_id":"x"}"#));
    assert_eq!(next_ping(&mut tape), 5_000);
    reads(&mut tape, "call.ended", &call(ONE, 3, "ended", "left"));
    next_ping(&mut tape);
    runs(&mut tape, "signal.send", 202, Some(r#"{"signal_id":"x"}"#));
    assert_eq!(next_ping(&mut tape), 20_000);
    let mut tape = Tape::live();
    runs(&mut tape, "signal.send", 409, None);
    assert_eq!(next_ping(&mut tape), 20_000);
}

#[test]
fn a_busy_device_stays_in_its_call() {
    let mut tape = Tape::live();
    reads(&mut tape, "call.accepted", &call(ONE, 2, "active", "accepted"));
    reads(&mut tape, "call.ended", &call(TWO, 2, "ended", "busy"));
    assert_eq!([next_ping(&mut tape), next_ping(&mut tape)], [5_000; 2]);
}

#[test]
fn a_snapshot_tells_of_it_and_of_its_end() {
    let mut tape = Tape::live();
    let snapshot = |tape: &mut Tape, calls: Vec<Call>| {
        tape.hears(Input::Rung);
        tape.hears(Input::Read(Ok(lost(9))));
        tape.hears(Input::Snapshot(Ok(state(calls))));
        tape.hears(Input::Sent);
        tape.hears(Input::Read(Ok(news(10, 9))));
    };
    snapshot(&mut tape, vec![call(ONE, 2, "active", "accepted")]);
    assert_eq!(next_ping(&mut tape), 5_000);
    snapshot(&mut tape, Vec::new());
    assert_eq!([next_ping(&mut tape), next_ping(&mut tape)], [5_000, 20_000]);
}
