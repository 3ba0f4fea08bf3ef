//! A server that stops.

use signalling::Input;

use crate::given::{ONE, command_text, identity, ms, news};
use crate::tape::{HELLO, Tape};

#[test]
fn a_client_is_told_when_to_come_back_and_served_until_then() {
    let mut tape = Tape::live();
    assert_eq!(tape.hears(Input::Draining { after: ms(4_200) }), ["send drain 4200"]);
    tape.hears(Input::Sent);
    assert!(tape.hears(Input::Draining { after: ms(1) }).is_empty(), "once is enough");
    assert_eq!(tape.hears(Input::Rung), ["read c0 64"]);
    assert_eq!(tape.hears(Input::Read(Ok(news(1, 1)))), ["send event c1"]);
    assert_eq!(tape.says(&command_text("r1", "call.accept", ONE)), ["run r1"]);
    tape.hears(Input::Sent);
    assert_eq!(tape.waits_for_deadline(), (4_200, vec!["close 1012 restart".to_owned()]));
}

#[test]
fn whoever_is_on_the_way_in_is_sent_elsewhere_at_once() {
    assert_eq!(Tape::new().hears(Input::Draining { after: ms(4_200) }), ["close 1012 restart"]);
    let mut tape = Tape::new();
    tape.says(HELLO);
    tape.hears(Input::Verified(Ok(identity("alice", 60))));
    assert_eq!(tape.hears(Input::Draining { after: ms(4_200) }), ["close 1012 restart"]);
}

#[test]
fn the_end_is_the_end() {
    assert_eq!(Tape::new().hears(Input::Ending), ["close 1012 restart"]);
    assert_eq!(Tape::live().hears(Input::Ending), ["close 1012 restart"]);
}
