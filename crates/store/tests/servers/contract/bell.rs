//! The bell: who listens is told, or told that they were not.

use std::sync::Arc;
use std::time::Duration;

use store::{Attachment, Bell, Brought, Key, LogBounds, LogPage, Ring, Word, Write};

use super::{BOUND, Side, in_turn, put};

pub(super) async fn all(side: &Side, other: &Side) {
    in_turn!(side;
        the_first_ring_says_look_everywhere,
        words_are_heard_in_order,
        words_that_may_wait_are_heard_in_order_with_the_others,
        what_is_rung_while_nobody_waits_is_heard_later,
        two_listeners_hear_the_same,
        a_listener_far_behind_is_told_so_or_hears_it_all,
        what_is_brought_is_what_would_be_read,
    );
    println!("tenants_do_not_hear_each_other");
    tenants_do_not_hear_each_other(side, other).await;
}

/// The next ring, which must come.
pub(crate) async fn ring(bell: &mut Bell) -> Ring {
    tokio::time::timeout(BOUND, bell.next()).await.unwrap()
}

/// As many words as there are to come.
async fn words(bell: &mut Bell, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < count {
        match ring(bell).await {
            Ring::Words(words) => heard.extend(words.into_iter().map(|heard| heard.word)),
            Ring::Missed => panic!("nothing was lost, and yet something was missed after {heard:?}"),
        }
    }
    heard
}

fn rung(word: &str) -> Write {
    rung_with(Word::urgent(word))
}

fn rung_with(word: Word) -> Write {
    let bounds = LogBounds { max_entries: 1, max_age: Duration::from_mins(1) };
    Write::Append { log: Key::new("rung", "log"), entry: vec![], bounds, bell: Some(word), attachment: None }
}

/// A bell that was heard once.
async fn bell(side: &Side) -> Bell {
    let mut bell = side.store.bell(&side.tenant);
    assert_eq!(ring(&mut bell).await, Ring::Missed);
    bell
}

async fn the_first_ring_says_look_everywhere(side: &Side) {
    bell(side).await;
    side.write(vec![rung("before")]).await;
    // What was rung before somebody listened is not told.
    let mut bell = bell(side).await;
    side.write(vec![rung("after")]).await;
    assert_eq!(words(&mut bell, 1).await, ["after"]);
}

async fn words_are_heard_in_order(side: &Side) {
    let mut bell = bell(side).await;
    side.write(vec![rung("mona"), rung("omar")]).await;
    side.write(vec![rung("mona")]).await;
    assert_eq!(words(&mut bell, 3).await, ["mona", "omar", "mona"]);
}

async fn words_that_may_wait_are_heard_in_order_with_the_others(side: &Side) {
    let mut bell = bell(side).await;
    for number in 0..20 {
        side.write(vec![rung_with(Word::that_may_wait(format!("soon-{number}")))]).await;
        side.write(vec![rung(&format!("now-{number}"))]).await;
    }
    let expected: Vec<_> = (0..20).flat_map(|n| [format!("soon-{n}"), format!("now-{n}")]).collect();
    assert_eq!(words(&mut bell, 40).await, expected);
}

async fn what_is_rung_while_nobody_waits_is_heard_later(side: &Side) {
    let mut bell = bell(side).await;
    side.write(vec![rung("first")]).await;
    assert_eq!(words(&mut bell, 1).await, ["first"]);
    side.write(vec![rung("second")]).await;
    side.write(vec![rung("third")]).await;
    assert_eq!(words(&mut bell, 2).await, ["second", "third"]);
}

async fn two_listeners_hear_the_same(side: &Side) {
    let (mut one, mut two) = (bell(side).await, bell(side).await);
    side.write(vec![rung("x")]).await;
    assert_eq!(
        (words(&mut one, 1).await, words(&mut two, 1).await),
        (vec!["x".to_owned()], vec!["x".to_owned()])
    );
}

async fn a_listener_far_behind_is_told_so_or_hears_it_all(side: &Side) {
    const EACH: usize = 1_000;
    let mut bell = bell(side).await;
    let times = 12;
    for _ in 0..times {
        side.write((0..EACH).map(|_| rung("x")).collect()).await;
    }
    let mut heard = 0;
    while heard < times * EACH {
        match ring(&mut bell).await {
            Ring::Words(words) => heard += words.len(),
            Ring::Missed => return,
        }
    }
}

/// Appends two entries to a new log, the second with this payload for `phone`; gives what came with its word, and the log.
pub(crate) async fn brought(side: &Side, name: &str, payload: &str) -> (Option<Arc<Brought>>, Key) {
    let (log, record) = (Key::new("brought", name), Key::new("payload", name));
    let append = |word: String, attachment| Write::Append {
        log: log.clone(),
        entry: b"entry".to_vec(),
        bounds: LogBounds { max_entries: 9, max_age: Duration::from_mins(1) },
        bell: Some(Word::urgent(word)),
        attachment,
    };
    let attachment = Attachment { record: record.clone(), reader: Some("phone".to_owned()) };
    let mut bell = bell(side).await;
    side.write(vec![append(format!("before-{name}"), None)]).await;
    side.write(vec![put(&record, payload), append(name.to_owned(), Some(attachment))]).await;
    loop {
        let Ring::Words(words) = ring(&mut bell).await else { panic!("nothing was lost") };
        if let Some(heard) = words.into_iter().find(|heard| heard.word == name) {
            return (heard.brought, log);
        }
    }
}

async fn what_is_brought_is_what_would_be_read(side: &Side) {
    let (brought, log) = brought(side, "small", "a payload\nof two lines").await;
    // A store may bring nothing.
    let Some(brought) = brought else { return };
    for reader in ["phone", "tablet"] {
        let told = brought.page(reader).unwrap();
        let page = side.store.read_log(&side.tenant, &log, 1, 9, Some(reader)).await.unwrap();
        // The time of the one is told to the millisecond, and what has passed since to the nanosecond.
        assert!((told.now - page.now).num_milliseconds() < 1, "it is of an earlier moment");
        assert_eq!(LogPage { now: page.now, ..told }, page, "{reader}");
    }
}

async fn tenants_do_not_hear_each_other(side: &Side, other: &Side) {
    let (mut here, mut there) = (bell(side).await, bell(other).await);
    side.write(vec![rung("here")]).await;
    other.write(vec![rung("there")]).await;
    assert_eq!(words(&mut here, 1).await, ["here"]);
    assert_eq!(words(&mut there, 1).await, ["there"]);
    assert_eq!(other.data(&Key::new("record", "bytes")).await, None);
}
