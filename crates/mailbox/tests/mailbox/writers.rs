//! Several writers at once, and readers who follow them.

use std::sync::Arc;

use mailbox::Addressed;
use tokio::task::JoinSet;

use crate::world::{SOON, World, device, ids, tenant, user};

const WRITERS: usize = 4;
const EACH: usize = 50;

/// Every device sees the same order, each writer's events in the order in which it told them, and none twice.
async fn check(world: World) {
    let world = Arc::new(world);
    let start = world.begin("alice").await;
    let mut readers = JoinSet::new();
    for name in ["phone", "laptop", "watch"] {
        let (world, start) = (Arc::clone(&world), start.clone());
        readers.spawn(async move { follow(&world, name, start).await });
    }
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let world = Arc::clone(&world);
        writers.spawn(async move {
            let mut told = Vec::new();
            for _ in 0..EACH {
                world.tell("alice", Addressed::Only(device("another"))).await;
                told.push(world.tell("alice", Addressed::All).await);
            }
            told
        });
    }
    let told = writers.join_all().await;
    let seen = tokio::time::timeout(SOON, readers.join_all()).await.unwrap();
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
    for told in told {
        let theirs: Vec<_> = seen[0].iter().filter(|id| told.contains(id)).cloned().collect();
        assert_eq!(theirs, told);
    }
}

async fn follow(world: &World, name: &str, mut cursor: String) -> Vec<String> {
    let mut watch = world.mailbox.watch(&tenant("acme"), &user("alice"), None);
    let mut seen = Vec::new();
    while seen.len() < WRITERS * EACH {
        let reading = world.read("alice", name, &cursor, 7).await;
        assert!(reading.recovered);
        if reading.events.is_empty() {
            watch.rung().await;
        }
        seen.extend(ids(&reading));
        cursor = reading.cursor;
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn on_memory_everybody_sees_one_order_without_holes() {
    check(World::memory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_redis_everybody_sees_one_order_without_holes() {
    let redis = testkit::Redis::start().await.unwrap();
    check(World::redis(&redis).await).await;
}
