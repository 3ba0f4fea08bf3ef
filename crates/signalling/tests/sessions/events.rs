//! Handing out what happens.

use signal_protocol::ErrorCode;
use signalling::{Input, News};

use crate::given::{ONE, call, call_event, lost, news, state};
use crate::tape::Tape;

#[test]
fn a_ring_has_the_log_read_and_what_is_there_is_sent() {
    let mut tape = Tape::live();
    assert_eq!(tape.hears(Input::Rung), ["read c0 64"]);
    assert_eq!(tape.hears(Input::Read(Ok(news(1, 2)))), ["send event c1", "send event c2"]);
    assert_eq!(tape.hears(Input::Rung), ["read c2 62"]);
}

#[test]
fn rings_during_a_reading_make_one_more() {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    for _ in 0..5 {
        assert!(tape.hears(Input::Rung).is_empty());
    }
    assert_eq!(tape.hears(Input::Read(Ok(news(1, 1)))), ["send event c1", "read c1 63"]);
    assert!(tape.hears(Input::Read(Ok(news(2, 1)))).is_empty());
}

#[test]
fn a_log_that_cannot_be_read_is_tried_again_ever_more_seldom() {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        assert!(tape.hears(Input::Read(Err(ErrorCode::StoreUnavailable))).is_empty());
        let (waited, lines) = tape.waits_for_deadline();
        assert_eq!(lines, ["read c0 64"]);
        pauses.push(waited);
    }
    assert_eq!(pauses, [151, 302, 605, 1_210, 1_513, 1_513, 1_513], "three quarters of the pause, and a bit");
    tape.hears(Input::Read(Ok(news(1, 1))));
    tape.hears(Input::Rung);
    tape.hears(Input::Read(Err(ErrorCode::StoreUnavailable)));
    assert_eq!(tape.waits_for_deadline().0, 151, "what was read in between counts");
}

#[test]
fn a_loss_on_an_open_socket_is_a_new_welcome() {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    assert_eq!(tape.hears(Input::Read(Ok(lost(40)))), ["snapshot"]);
    assert!(tape.hears(Input::Rung).is_empty(), "the state comes before what follows it");
    assert!(tape.hears(Input::Snapshot(Err(ErrorCode::CallStateUnavailable))).is_empty());
    assert_eq!(tape.waits_for_deadline().1, ["snapshot"]);
    assert_eq!(
        tape.hears(Input::Snapshot(Ok(state(Vec::new())))),
        ["send welcome c40 lost 0", "read c40 63"]
    );
}

#[test]
fn a_ring_that_is_handed_over_is_told_of() {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    let ringing = call_event(1, "call.ringing", &call(ONE, 1, "ringing", "invited"));
    let read = News { events: vec![ringing.clone()], ..news(2, 1) };
    assert_eq!(tape.hears(Input::Read(Ok(read))), ["send event c1".to_owned(), format!("notified {ONE}")]);
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    let over = call_event(2, "call.ended", &call(ONE, 2, "ended", "missed"));
    let read = News { events: vec![ringing, over], ..news(3, 2) };
    assert_eq!(tape.hears(Input::Read(Ok(read))), ["send event c1", "send event c2"]);
}
