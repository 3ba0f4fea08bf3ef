//! Two sockets of one device.

use signalling::{Input, News};
use uuid::Uuid;

use crate::given::{lost, news, state};
use crate::tape::{Tape, own_id};

fn with(sessions: &[Uuid]) -> News {
    News { sessions: sessions.to_vec(), ..news(1, 1) }
}

fn other() -> Uuid {
    Uuid::from_u128(8)
}

fn reads(tape: &mut Tape, news: News) -> Vec<String> {
    tape.hears(Input::Rung);
    tape.hears(Input::Read(Ok(news)))
}

#[test]
fn the_newer_one_replaces_the_older_one() {
    let mut tape = Tape::live();
    assert_eq!(reads(&mut tape, with(&[own_id()])), ["send event c1"]);
    // What was read with it is for the newer one.
    assert_eq!(reads(&mut tape, with(&[other()])), ["close 4409 replaced"]);
    assert_eq!(reads(&mut Tape::live(), with(&[own_id(), other()])), ["close 4409 replaced"]);
}

#[test]
fn the_older_one_does_not_replace_the_newer_one() {
    let mut tape = Tape::live();
    assert_eq!(reads(&mut tape, with(&[other()])), ["send event c1"]);
    assert_eq!(reads(&mut tape, with(&[other(), own_id()])), ["send event c1"]);
}

#[test]
fn after_a_loss_whatever_comes_is_newer() {
    let mut tape = Tape::live();
    reads(&mut tape, lost(3));
    tape.hears(Input::Snapshot(Ok(state(Vec::new()))));
    assert_eq!(reads(&mut tape, with(&[other()])), ["close 4409 replaced"]);
}
