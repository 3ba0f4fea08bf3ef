//! What the client has taken in.

use signalling::Input;

use crate::tape::Tape;

fn ack(cursor: &str) -> String {
    format!(r#"{{"type":"ack","cursor":"{cursor}"}}"#)
}

#[test]
fn one_at_a_time_and_of_those_that_wait_the_last() {
    let mut tape = Tape::live();
    assert_eq!(tape.says(&ack("c1")), ["acknowledge c1"]);
    assert!(tape.says(&ack("c2")).is_empty());
    assert!(tape.says(&ack("c3")).is_empty());
    assert_eq!(tape.hears(Input::Acknowledged(true)), ["acknowledge c3"]);
    assert!(tape.hears(Input::Acknowledged(true)).is_empty());
    assert_eq!(tape.says(&ack("c4")), ["acknowledge c4"]);
}

#[test]
fn what_is_no_cursor_closes_the_socket() {
    let mut tape = Tape::live();
    tape.says(&ack("garbage"));
    assert_eq!(tape.hears(Input::Acknowledged(false)), ["close 4400 bad_message"]);
}
