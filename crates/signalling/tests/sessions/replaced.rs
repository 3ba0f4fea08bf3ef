//! Two sockets of one device.

use chrono::{DateTime, Utc};
use signalling::{Input, News};
use uuid::{Builder, Uuid};

use crate::given::{lost, ms, news, state, wall};
use crate::tape::{Tape, own_id};

fn with(sessions: &[Uuid]) -> News {
    News { sessions: sessions.to_vec(), ..news(1, 1) }
}

/// As what a socket stands in the log that came then.
fn opened(came_at: DateTime<Utc>, id: Uuid) -> Uuid {
    let [_, _, _, _, _, _, rest @ ..] = *id.as_bytes();
    Builder::from_unix_timestamp_millis(came_at.timestamp_millis().try_into().unwrap(), &rest).into_uuid()
}

fn own() -> Uuid {
    opened(wall(), own_id())
}

fn newer() -> Uuid {
    opened(wall() + ms(1), Uuid::nil())
}

fn older() -> Uuid {
    opened(wall() - ms(1), Uuid::max())
}

fn reads(tape: &mut Tape, news: News) -> Vec<String> {
    tape.hears(Input::Rung);
    tape.hears(Input::Read(Ok(news)))
}

#[test]
fn the_newer_one_replaces_the_older_one() {
    let mut tape = Tape::live();
    assert_eq!(reads(&mut tape, with(&[own()])), ["send event c1"]);
    // What was read with it is for the newer one.
    assert_eq!(reads(&mut tape, with(&[newer()])), ["close 4409 replaced"]);
    assert_eq!(reads(&mut Tape::live(), with(&[own(), newer()])), ["close 4409 replaced"]);
    assert_eq!(reads(&mut Tape::live(), with(&[newer(), own()])), ["close 4409 replaced"]);
}

#[test]
fn the_older_one_does_not_replace_the_newer_one_whenever_it_is_written_down() {
    let mut tape = Tape::live();
    assert_eq!(reads(&mut tape, with(&[older()])), ["send event c1"]);
    assert_eq!(reads(&mut tape, with(&[older(), own()])), ["send event c1"]);
    assert_eq!(reads(&mut tape, with(&[older()])), ["send event c1"], "it was left on its way in");
}

#[test]
fn after_a_loss_it_is_no_different() {
    let mut tape = Tape::live();
    reads(&mut tape, lost(3));
    tape.hears(Input::Snapshot(Ok(state(Vec::new()))));
    assert_eq!(reads(&mut tape, with(&[older()])), ["send event c1"]);
    assert_eq!(reads(&mut tape, with(&[newer()])), ["close 4409 replaced"]);
}
