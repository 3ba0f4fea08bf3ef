//! What the client has taken in.

use signalling::{Input, News};

use crate::given::{event, news, signal_event};
use crate::tape::Tape;

fn ack(cursor: &str) -> String {
    format!(r#"{{"type":"ack","cursor":"{cursor}"}}"#)
}

#[test]
fn one_at_a_time_and_of_those_that_wait_the_last() {
    let mut tape = Tape::live();
    assert_eq!(tape.says(&ack("c1")), ["check c1"]);
    assert!(tape.says(&ack("c2")).is_empty());
    assert!(tape.says(&ack("c3")).is_empty());
    assert_eq!(tape.hears(Input::Acknowledged(true)), ["check c3"]);
    assert!(tape.hears(Input::Acknowledged(true)).is_empty());
    assert_eq!(tape.says(&ack("c4")), ["check c4"]);
}

/// A client that was given these since it was welcomed.
fn given(read: News) -> Tape {
    let mut tape = Tape::live();
    tape.hears(Input::Rung);
    tape.hears(Input::Read(Ok(read)));
    tape
}

#[test]
fn signals_are_let_go_until_all_that_was_given_with_them_is_acknowledged() {
    let mut tape = given(News { events: vec![event(1), signal_event(2), event(3)], ..news(1, 3) });
    for (cursor, asked) in [("c2", "acknowledge c2"), ("c3", "acknowledge c3"), ("c3", "check c3")] {
        assert_eq!(tape.says(&ack(cursor)), [asked]);
        assert!(tape.hears(Input::Acknowledged(true)).is_empty());
    }
    tape.hears(Input::Rung);
    tape.hears(Input::Read(Ok(news(4, 4))));
    assert_eq!(tape.says(&ack("c4")), ["check c4"], "no signal came since");
}

#[test]
fn a_later_word_of_the_client_lets_go_what_an_earlier_one_that_waited_would_have() {
    let mut tape = given(News { events: vec![signal_event(1), event(2)], ..news(1, 2) });
    tape.says(&ack("c0"));
    assert!(tape.says(&ack("c1")).is_empty());
    assert!(tape.says(&ack("c2")).is_empty());
    assert_eq!(tape.hears(Input::Acknowledged(true)), ["acknowledge c2"]);
    tape.hears(Input::Acknowledged(true));
    assert_eq!(tape.says(&ack("c2")), ["check c2"]);
}

#[test]
fn signals_that_a_reading_tells_of_are_let_go_as_well() {
    let mut tape = given(News { unconsumed: true, ..news(1, 0) });
    assert_eq!(tape.says(&ack("c0")), ["acknowledge c0"]);
}

#[test]
fn what_is_no_cursor_closes_the_socket() {
    let mut tape = Tape::live();
    tape.says(&ack("garbage"));
    assert_eq!(tape.hears(Input::Acknowledged(false)), ["close 4400 bad_message"]);
}
