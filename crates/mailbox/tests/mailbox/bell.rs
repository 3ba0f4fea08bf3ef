//! The bell: who waits is woken, and by a loss too.

use mailbox::{Addressed, Watch};
use tokio::time::timeout;

use crate::world::{SOON, World, device, ids, tenant, user};

async fn rung(watch: &mut Watch) {
    timeout(SOON, watch.rung()).await.expect("a ring");
}

async fn wakes_those_who_wait(world: World) {
    let start = world.begin("alice").await;
    let mut watch = world.mailbox.watch(&tenant("acme"), &user("alice"), None);
    let told = world.tell("alice", Addressed::All).await;
    // The first rings may be older: of a listener that has just begun.
    let mut seen = Vec::new();
    while seen.is_empty() {
        rung(&mut watch).await;
        seen = ids(&world.read("alice", "phone", &start, 10).await);
    }
    assert_eq!(seen, [told]);
}

#[tokio::test]
async fn on_memory_it_wakes_those_who_wait() {
    wakes_those_who_wait(World::memory()).await;
}

#[tokio::test]
async fn on_redis_it_wakes_those_who_wait() {
    let redis = testkit::Redis::start().await.unwrap();
    wakes_those_who_wait(World::redis(&redis).await).await;
}

#[tokio::test]
async fn it_rings_for_other_replicas_too() {
    let redis = testkit::Redis::start().await.unwrap();
    let (here, there) = (World::redis(&redis).await, World::redis(&redis).await);
    let start = here.begin("alice").await;
    let mut watch = here.mailbox.watch(&tenant("acme"), &user("alice"), None);
    let told = there.tell("alice", Addressed::Only(device("phone"))).await;
    let mut seen = Vec::new();
    while seen.is_empty() {
        rung(&mut watch).await;
        seen = ids(&here.read("alice", "phone", &start, 10).await);
    }
    assert_eq!(seen, [told]);
}

#[tokio::test]
async fn a_server_that_begins_anew_wakes_everybody_and_serves_no_cursor_of_before() {
    for keeps_its_data in [false, true] {
        let lines: &[&str] = if keeps_its_data { &["appendonly yes"] } else { &[] };
        let mut redis = testkit::Redis::configured(lines).await.unwrap();
        let world = World::redis(&redis).await;
        world.tell("alice", Addressed::All).await;
        let old = world.begin("alice").await;
        let mut watch = world.mailbox.watch(&tenant("acme"), &user("alice"), None);

        redis.kill().await;
        redis.start_again().await.unwrap();
        world.is_connected().await;
        // Nobody has told anybody anything since.
        let new = loop {
            rung(&mut watch).await;
            world.is_connected().await;
            let reading = world.read("alice", "phone", &old, 10).await;
            if !reading.recovered {
                break reading.cursor;
            }
        };
        let told = world.tell("alice", Addressed::All).await;
        assert_eq!(ids(&world.read("alice", "phone", &new, 10).await), [told]);
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_empty_log() {
    let mut redis = testkit::Redis::start().await.unwrap();
    let world = World::redis(&redis).await;
    let cursor = world.begin("alice").await;
    redis.kill().await;
    let (acme, alice, phone) = (tenant("acme"), user("alice"), device("phone"));
    assert!(world.mailbox.read(&acme, &alice, &phone, Some(&cursor), 10, None).await.is_err());
    assert!(world.mailbox.read(&acme, &alice, &phone, None, 10, None).await.is_err());
}
