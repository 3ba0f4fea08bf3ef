//! Signals: read with what they carry, or not at all.

use std::time::Duration;

use mailbox::{Addressed, is_cursor};
use signal_protocol::{EventBody, SignalPayload};

use crate::world::{World, device, ids, offer, tenant, user};

const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

fn to_phone() -> Addressed {
    Addressed::Only(device("phone"))
}

async fn check_what_is_read(world: World) {
    let start = world.begin("alice").await;
    let before = world.tell("alice", Addressed::All).await;
    let early = world.signal("alice", Addressed::All, &offer("early")).await;
    let mine = world.signal("alice", to_phone(), &offer("mine")).await;
    let after = world.tell("alice", Addressed::All).await;

    let reading = world.read("alice", "phone", &start, 10).await;
    assert_eq!(ids(&reading), [before.clone(), early.clone(), mine.clone(), after.clone()]);
    let payloads: Vec<&SignalPayload> = reading
        .events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Signal(signal) => {
                assert_eq!(signal.signal_id.to_string(), event.id);
                Some(&signal.payload)
            }
            _ => None,
        })
        .collect();
    assert_eq!(payloads, [&offer("early"), &offer("mine")]);
    assert_eq!(ids(&world.read("alice", "laptop", &start, 10).await), [before, early, after]);
}

#[tokio::test]
async fn on_memory_a_signal_is_read_by_its_devices_with_what_it_carries() {
    check_what_is_read(World::memory()).await;
}

#[tokio::test]
async fn on_redis_a_signal_is_read_by_its_devices_with_what_it_carries() {
    let redis = testkit::Redis::start().await.unwrap();
    check_what_is_read(World::redis(&redis).await).await;
}

async fn check_large_signals(world: World) {
    let start = world.begin("alice").await;
    let large = offer(&"x".repeat(40 * 1_024));
    let mut sent = Vec::new();
    for _ in 0..20 {
        sent.push(world.signal("alice", to_phone(), &large).await);
    }
    assert_eq!(ids(&world.read("alice", "phone", &start, 100).await), sent, "a short page is not the end");
    let first = world.read("alice", "phone", &start, 15).await;
    assert_eq!((ids(&first), first.recovered), (sent[..15].to_vec(), true));
    assert_eq!(ids(&world.read("alice", "phone", &first.cursor, 15).await), sent[15..]);
}

#[tokio::test]
async fn on_memory_signals_that_fill_many_pages_are_read_at_once() {
    check_large_signals(World::memory()).await;
}

#[tokio::test]
async fn on_redis_signals_that_fill_many_pages_are_read_at_once() {
    let redis = testkit::Redis::start().await.unwrap();
    check_large_signals(World::redis(&redis).await).await;
}

#[tokio::test]
async fn a_stale_signal_is_passed_over_and_hides_nothing_behind_it() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let stale = world.signal("alice", to_phone(), &offer("stale")).await;
    world.forget_signal(&stale).await;
    let next = world.tell("alice", Addressed::All).await;
    let reading = world.read("alice", "phone", &start, 1).await;
    assert!(reading.recovered);
    assert_eq!(ids(&reading), [next]);
}

#[tokio::test]
async fn a_signal_that_nobody_takes_is_kept_for_five_minutes() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let signal = world.signal("alice", to_phone(), &offer("x")).await;
    world.pass(5 * MINUTE);
    let told = world.tell("alice", Addressed::All).await;
    assert_eq!(ids(&world.read("alice", "phone", &start, 10).await), [signal, told.clone()]);
    world.pass(SECOND);
    let reading = world.read("alice", "phone", &start, 10).await;
    assert!(reading.recovered, "its entry is still there");
    assert_eq!(ids(&reading), [told]);
}

#[tokio::test]
async fn a_signal_goes_a_minute_after_its_device_has_acknowledged_it() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let early = world.signal("alice", Addressed::All, &offer("early")).await;
    let taken = world.signal("alice", to_phone(), &offer("taken")).await;
    let first = world.read("alice", "phone", &start, 10).await;
    let later = world.signal("alice", to_phone(), &offer("later")).await;
    assert!(!first.unconsumed, "it was only just told");
    let second = world.read("alice", "phone", &first.cursor, 10).await;
    assert!(second.unconsumed, "whoever asks for what comes after it has it");
    assert_eq!(ids(&second), std::slice::from_ref(&later));

    assert!(world.acknowledge("alice", "phone", &first.cursor).await);
    assert!(!world.read("alice", "phone", &first.cursor, 10).await.unconsumed);
    world.pass(MINUTE);
    assert_eq!(
        ids(&world.read("alice", "phone", &start, 10).await),
        [early.clone(), taken, later.clone()],
        "an answer that was lost can be read again"
    );
    world.pass(SECOND);
    // What is for several devices waits for all of them.
    assert_eq!(ids(&world.read("alice", "phone", &start, 10).await), [early, later]);
}

#[tokio::test]
async fn a_device_acknowledges_for_itself_alone() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let signal = world.signal("alice", to_phone(), &offer("x")).await;
    world.tell("alice", Addressed::All).await;
    let cursor = world.read("alice", "laptop", &start, 10).await.cursor;
    assert!(!world.read("alice", "laptop", &cursor, 10).await.unconsumed);
    assert!(world.acknowledge("alice", "laptop", &cursor).await);
    world.pass(2 * MINUTE);
    let reading = world.read("alice", "phone", &start, 10).await;
    assert_eq!(ids(&reading)[0], signal);
}

#[tokio::test]
async fn what_is_no_cursor_of_mine_acknowledges_nothing() {
    let world = World::memory();
    world.tell("bob", Addressed::All).await;
    world.signal("alice", to_phone(), &offer("x")).await;
    let (alices, bobs) = (world.begin("alice").await, world.begin("bob").await);
    for cursor in [bobs.as_str(), "", "garbage"] {
        assert!(!world.acknowledge("alice", "phone", cursor).await, "{cursor:?}");
        assert!(!is_cursor(cursor, &tenant("acme"), &user("alice")), "{cursor:?}");
    }
    assert!(is_cursor(&alices, &tenant("acme"), &user("alice")));
    assert!(!is_cursor(&alices, &tenant("umbrella"), &user("alice")));
    assert!(world.read("alice", "phone", &alices, 10).await.unconsumed);
}

#[tokio::test]
async fn whoever_begins_anew_or_cannot_be_served_has_acknowledged_nothing() {
    let world = World::memory();
    world.signal("alice", to_phone(), &offer("x")).await;
    let phone = device("phone");
    let begun = world.mailbox.read(&tenant("acme"), &user("alice"), &phone, None, 10, None).await.unwrap();
    assert!(!begun.unconsumed);
    assert!(!world.read("alice", "phone", "garbage", 10).await.unconsumed);
    let other = World::memory().begin("alice").await;
    assert!(!world.read("alice", "phone", &other, 10).await.unconsumed);
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_no_silent_hole() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.signal_holding("alice", to_phone(), b"no JSON").await;
    let reading = world.read("alice", "phone", &start, 10).await;
    assert!(!reading.recovered && reading.events.is_empty());
    assert_eq!(ids(&world.read("alice", "laptop", &start, 10).await), [""; 0]);
}

#[tokio::test]
async fn a_cursor_of_another_store_acknowledges_nothing_here() {
    let old = World::memory();
    for _ in 0..9 {
        old.tell("alice", Addressed::All).await;
    }
    let stale = old.begin("alice").await;
    let world = World::memory();
    world.tell("bob", Addressed::All).await;
    let start = world.begin("alice").await;
    let signal = world.signal("alice", to_phone(), &offer("x")).await;
    assert!(world.acknowledge("alice", "phone", &stale).await, "it is a cursor of hers");
    world.pass(2 * MINUTE);
    assert_eq!(ids(&world.read("alice", "phone", &start, 10).await), [signal]);
}
