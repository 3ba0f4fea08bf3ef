//! Going on after a cursor.

use signalling::{Input, News};

use crate::given::{identity, lost, news, state};
use crate::tape::{RESUME, Tape};

/// A client that comes with the cursor `c4`, whose first reading gives `news`.
fn resumed(news: News) -> (Tape, Vec<String>) {
    let mut tape = Tape::new();
    tape.says(RESUME);
    assert_eq!(tape.hears(Input::Verified(Ok(identity("alice", 60)))), ["read c4 64"]);
    let next = tape.hears(Input::Read(Ok(news)));
    (tape, next)
}

#[test]
fn what_was_missed_follows_the_welcome() {
    let (mut tape, next) = resumed(news(5, 7));
    // The welcome holds the client's own cursor: it would go on behind the events if it broke off before them.
    let all = ["send welcome c4 recovered -", "ping", "send event c5", "send event c6", "send event c7"];
    assert_eq!(next, all);
    assert_eq!(tape.hears(Input::Rung), ["read c7 59"]);
}

#[test]
fn where_nothing_was_missed_the_newest_cursor_is_given() {
    let (_, next) = resumed(News { cursor: "c6".to_owned(), ..news(5, 4) });
    assert_eq!(next, ["send welcome c6 recovered -", "ping"]);
}

#[test]
fn a_cursor_that_cannot_be_served_is_answered_with_how_things_stand() {
    let (mut tape, next) = resumed(lost(9));
    assert_eq!(next, ["snapshot"]);
    assert_eq!(tape.hears(Input::Snapshot(Ok(state(Vec::new())))), ["send welcome c9 lost 0", "ping"]);
}

#[test]
fn what_rang_on_the_way_in_is_read_after_the_welcome() {
    let mut tape = Tape::new();
    tape.says(RESUME);
    tape.hears(Input::Verified(Ok(identity("alice", 60))));
    assert!(tape.hears(Input::Rung).is_empty());
    let next = tape.hears(Input::Read(Ok(news(5, 4))));
    assert_eq!(next, ["send welcome c4 recovered -", "ping", "read c4 62"]);
}

#[test]
fn a_long_absence_is_made_up_for_page_by_page() {
    let (mut tape, next) = resumed(news(5, 68));
    assert_eq!(next.len(), 66);
    // No bell is needed, and nothing is read while half of the room is taken.
    assert!(tape.sends(33).is_empty());
    assert_eq!(tape.hears(Input::Sent), ["read c68 32"]);
}

#[test]
fn a_cursor_acknowledges_the_signals_before_it() {
    let (_, next) = resumed(News { unconsumed: true, ..news(5, 4) });
    assert_eq!(next, ["send welcome c4 recovered -", "ping", "acknowledge c4"]);
    // What the client acknowledged since is more.
    let mut tape = Tape::new();
    tape.says(RESUME);
    tape.hears(Input::Verified(Ok(identity("alice", 60))));
    tape.says(r#"{"type":"ack","cursor":"c4b"}"#);
    let next = tape.hears(Input::Read(Ok(News { unconsumed: true, ..news(5, 4) })));
    assert_eq!(next, ["send welcome c4 recovered -", "ping", "acknowledge c4b"]);
}
