//! Connections of single threads.

use std::time::Duration;

use store::{Key, Read};
use testkit::{Redis, eventually};
use tokio::time::sleep;

use super::side;
use crate::contract::{BOUND, Side};

/// The ids of the store's connections, oldest first.
async fn connections(redis: &Redis) -> Vec<u64> {
    let list = redis.command(&["CLIENT", "LIST"]).await.unwrap();
    let others = list.as_str().unwrap().lines().filter(|line| !line.contains(" cmd=client|list "));
    let mut ids: Vec<u64> =
        others.map(|line| line.split(['=', ' ']).nth(1).unwrap().parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

async fn reads(side: &Side) {
    side.store.read(&side.tenant, Read::new().and(Key::new("record", "any"), 0)).await.unwrap();
}

/// The second connection, which comes with what is asked.
async fn own(redis: &Redis, side: &Side) -> u64 {
    eventually("a connection of this thread", BOUND, async || {
        reads(side).await;
        match connections(redis).await[..] {
            [_shared, own] => Ok(own),
            ref others => Err(format!("{others:?}")),
        }
    })
    .await
}

#[tokio::test]
async fn a_runtime_of_one_thread_has_a_connection_of_its_own_and_does_without_it() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let first = own(&redis, &side).await;
    redis.command(&["CLIENT", "KILL", "ID", &first.to_string()]).await.unwrap();
    // That it is gone is seen without anything being sent over it.
    sleep(Duration::from_millis(300)).await;
    reads(&side).await;
    assert_eq!(side.store.readiness().fault, None, "the shared one is as it was");
    assert_ne!(own(&redis, &side).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_of_many_threads_shares_one() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    for _ in 0..5 {
        reads(&side).await;
        sleep(Duration::from_millis(100)).await;
        assert_eq!(connections(&redis).await.len(), 1);
    }
}
