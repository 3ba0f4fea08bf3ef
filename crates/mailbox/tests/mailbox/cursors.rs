//! What a cursor is good for, and that it is said when it is good for nothing.

use std::time::Duration;

use mailbox::Addressed;

use crate::world::{World, device, ids, tenant, user};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn each_device_reads_what_is_for_it_from_where_it_was() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let all = world.tell("alice", Addressed::All).await;
    let phone = world.tell("alice", Addressed::Only(device("phone"))).await;
    let others = world.tell("alice", Addressed::AllBut(device("phone"))).await;
    world.tell("bob", Addressed::All).await;

    let on_phone = world.read("alice", "phone", &start, 10).await;
    assert_eq!(ids(&on_phone), [all.clone(), phone]);
    assert_eq!(ids(&world.read("alice", "laptop", &start, 10).await), [all, others]);
    let last = world.tell("alice", Addressed::All).await;
    assert_eq!(ids(&world.read("alice", "phone", &on_phone.cursor, 10).await), [last]);
}

#[tokio::test]
async fn the_cursor_of_an_event_goes_on_right_behind_it() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(world.tell("alice", Addressed::All).await);
    }
    let first = world.read("alice", "phone", &start, 2).await;
    assert_eq!(ids(&first), told[..2]);
    assert_eq!(ids(&world.read("alice", "phone", &first.cursor, 10).await), told[2..]);
    assert_eq!(ids(&world.read("alice", "phone", &first.events[0].cursor, 10).await), told[1..]);
}

#[tokio::test]
async fn many_events_for_other_devices_do_not_hide_the_one_behind_them() {
    let world = World::memory();
    let start = world.begin("alice").await;
    for _ in 0..25 {
        world.tell("alice", Addressed::Only(device("laptop"))).await;
    }
    let mine = world.tell("alice", Addressed::All).await;
    assert_eq!(ids(&world.read("alice", "phone", &start, 3).await), [mine]);
}

#[tokio::test]
async fn a_cursor_from_before_there_was_a_log_gets_everything_since() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.pass(4 * MINUTE);
    let first = world.tell("alice", Addressed::All).await;
    let reading = world.read("alice", "phone", &start, 10).await;
    assert!(reading.recovered);
    assert_eq!(ids(&reading), [first]);
}

#[tokio::test]
async fn a_cursor_from_before_there_was_a_log_is_not_believed_for_ever() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.tell("alice", Addressed::All).await;
    // Even that there was a log is forgotten by now.
    world.pass(48 * 60 * MINUTE);
    assert!(!world.read("alice", "phone", &start, 10).await.recovered);
    let again = world.begin("alice").await;
    world.pass(60 * MINUTE);
    assert!(world.read("alice", "phone", &again, 10).await.recovered);
}

#[tokio::test]
async fn a_cursor_into_a_log_that_was_forgotten_is_not_served_by_the_next_one() {
    let world = World::memory();
    world.tell("alice", Addressed::All).await;
    let old = world.begin("alice").await;
    world.tell("alice", Addressed::All).await;
    world.pass(48 * 60 * MINUTE);
    assert!(!world.read("alice", "phone", &old, 10).await.recovered);
    // As many as there were: the offset alone would look right.
    world.tell("alice", Addressed::All).await;
    world.tell("alice", Addressed::All).await;
    assert!(!world.read("alice", "phone", &old, 10).await.recovered);
}

#[tokio::test]
async fn what_is_gone_by_age_is_said_to_be() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let first = world.tell("alice", Addressed::All).await;
    world.pass(5 * MINUTE);
    assert_eq!(ids(&world.read("alice", "phone", &start, 10).await), [first], "it lives for five minutes");
    world.pass(6 * MINUTE);
    world.tell("alice", Addressed::All).await;
    let late = world.read("alice", "phone", &start, 10).await;
    assert!(!late.recovered && late.events.is_empty());
    let next = world.tell("alice", Addressed::All).await;
    assert_eq!(ids(&world.read("alice", "phone", &late.cursor, 10).await), [next]);
}

#[tokio::test]
async fn what_is_gone_by_number_is_said_to_be() {
    let world = World::memory();
    world.tell("alice", Addressed::All).await;
    let start = world.begin("alice").await;
    for _ in 0..1_000 {
        world.tell("alice", Addressed::All).await;
    }
    assert_eq!(world.read("alice", "phone", &start, 1_000).await.events.len(), 1_000);
    world.tell("alice", Addressed::All).await;
    assert!(!world.read("alice", "phone", &start, 1_000).await.recovered);
}

#[tokio::test]
async fn somebody_elses_cursor_is_none() {
    let world = World::memory();
    for who in ["alice", "bob"] {
        world.tell(who, Addressed::All).await;
    }
    let bobs = world.begin("bob").await;
    assert!(!world.read("alice", "phone", &bobs, 10).await.recovered);

    // The same name in another tenant is somebody else.
    let (umbrella, bob, phone) = (tenant("umbrella"), user("bob"), device("phone"));
    let elsewhere = world.mailbox.read(&umbrella, &bob, &phone, Some(&bobs), 10, None).await.unwrap();
    assert!(!elsewhere.recovered);
}

#[tokio::test]
async fn garbage_is_no_cursor_and_the_answer_has_one_that_is() {
    let world = World::memory();
    world.tell("alice", Addressed::All).await;
    let good = world.begin("alice").await;
    let long = "A".repeat(10_000);
    for garbage in ["", "0", "-1", "null", "\u{0}", "äöü", &good[1..], &long, &"_".repeat(good.len())] {
        let reading = world.read("alice", "phone", garbage, 10).await;
        assert!(!reading.recovered && reading.events.is_empty(), "{garbage:?}");
        let next = world.tell("alice", Addressed::All).await;
        assert_eq!(ids(&world.read("alice", "phone", &reading.cursor, 10).await), [next]);
    }
}

#[tokio::test]
async fn a_cursor_that_is_changed_by_hand_is_served_whole_or_not_at_all() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(world.tell("alice", Addressed::All).await);
    }
    let good = world.read("alice", "phone", &start, 1).await.cursor;
    for at in 0..good.len() {
        for letter in ['A', 'B', '_', '9'] {
            let mut changed: Vec<char> = good.chars().collect();
            changed[at] = letter;
            let changed = String::from_iter(changed);
            let reading = world.read("alice", "phone", &changed, 10).await;
            assert!(told.ends_with(&ids(&reading)), "{changed}");
            assert!(reading.recovered || reading.events.is_empty());
        }
    }
}

#[tokio::test]
async fn a_store_that_was_begun_anew_serves_no_cursor_of_the_old_one() {
    let (old, new) = (World::memory(), World::memory());
    for world in [&old, &new] {
        world.tell("alice", Addressed::All).await;
    }
    let cursor = old.begin("alice").await;
    new.tell("alice", Addressed::All).await;
    let reading = new.read("alice", "phone", &cursor, 10).await;
    assert!(!reading.recovered && reading.events.is_empty());
    let empty = World::memory();
    assert!(!new.read("bob", "phone", &empty.begin("bob").await, 10).await.recovered);
}
