//! Entries that this release did not write.

use mailbox::Addressed;

use crate::world::{World, device, ids};

#[tokio::test]
async fn an_event_of_a_later_release_is_passed_over() {
    let world = World::memory();
    let start = world.begin("alice").await;
    let before = world.tell("alice", Addressed::All).await;
    world
        .put(
            "alice",
            r#"{ "id": "7", "to": "all", "event": { "type": "call.sang", "song": [1] }, "new": 1 }"#,
        )
        .await;
    let after = world.tell("alice", Addressed::All).await;
    let reading = world.read("alice", "phone", &start, 10).await;
    assert!(reading.recovered);
    assert_eq!(ids(&reading), [before, after]);
}

#[tokio::test]
async fn what_cannot_be_read_is_no_silent_hole_and_does_not_block_what_follows() {
    for broken in [
        "",
        "[]",
        "no JSON",
        r#"{ "to": "all", "event": { "type": "call.ringing", "call": {} } }"#,
        r#"{ "to": "some", "event": { "type": "call.sang" } }"#,
    ] {
        let world = World::memory();
        let start = world.begin("alice").await;
        let before = world.tell("alice", Addressed::All).await;
        world.put("alice", broken).await;
        let after = world.tell("alice", Addressed::All).await;

        let first = world.read("alice", "phone", &start, 10).await;
        assert!(first.recovered, "what comes before it is whole");
        assert_eq!(ids(&first), [before]);
        let second = world.read("alice", "phone", &first.cursor, 10).await;
        assert!(!second.recovered && second.events.is_empty(), "{broken}");
        let later = world.tell("alice", Addressed::All).await;
        assert_eq!(ids(&world.read("alice", "phone", &second.cursor, 10).await), [later]);
        drop(after);
    }
}

#[tokio::test]
async fn what_cannot_be_read_and_is_for_another_device_is_none_of_mine() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world
        .put("alice", r#"{ "to": { "only": "laptop" }, "event": { "type": "call.ended", "call": 7 } }"#)
        .await;
    let mine = world.tell("alice", Addressed::Only(device("phone"))).await;
    assert_eq!(ids(&world.read("alice", "phone", &start, 10).await), [mine]);
    assert!(!world.read("alice", "laptop", &start, 10).await.recovered);
}
