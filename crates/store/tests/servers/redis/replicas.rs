//! A primary with and without its replica.

use store::{Commit, Committed, Key, StoreError, StoreSettings};
use testkit::{Redis, eventually};

use super::{serving, settings};
use crate::contract::{BOUND, Side, put};

/// A store whose durable commits wait for one replica.
async fn durable(redis: &Redis, wait_timeout_ms: u32) -> Side {
    let settings = StoreSettings { wait_replicas: 1, wait_timeout_ms, ..settings(&redis.url) };
    Side::new(&serving(&settings).await, 0)
}

fn commit(key: &Key, durable: bool) -> Commit {
    Commit { writes: vec![put(key, "x")], durable, ..Commit::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_commit_that_no_replica_has_may_have_happened() {
    let redis = Redis::start().await.unwrap();
    let side = durable(&redis, 10).await;
    let key = Key::new("call", "x");
    let failed = side.store.commit(&side.tenant, commit(&key, true)).await.unwrap_err();
    assert!(matches!(failed, StoreError::Ambiguous { .. }), "{failed}");
    assert!(side.data(&key).await.is_some(), "the effect stands");
    // One that changed nothing has nothing to wait for.
    let expect = vec![(key.clone(), store::Version::ABSENT)];
    let conflict = Commit { expect, ..commit(&key, true) };
    let committed = side.store.commit(&side.tenant, conflict).await.unwrap();
    assert_eq!(committed, Committed::Conflict { key: key.clone() });
    // Nor has one that need not be durable.
    side.store.commit(&side.tenant, commit(&key, false)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_commit_is_on_the_replica_when_it_is_answered() {
    let redis = Redis::start().await.unwrap();
    let port = redis.address().port();
    let replica = Redis::configured(&[&format!("replicaof 127.0.0.1 {port}")]).await.unwrap();
    let side = durable(&redis, 5_000).await;
    eventually("the replica follows", BOUND, async || {
        let committed = side.store.commit(&side.tenant, commit(&Key::new("call", "first"), true)).await;
        committed.map(drop)
    })
    .await;
    for number in 0..20 {
        if number % 5 == 0 {
            redis.command(&["SCRIPT", "FLUSH"]).await.unwrap();
        }
        let key = Key::new("call", number);
        side.store.commit(&side.tenant, commit(&key, true)).await.unwrap();
        let there = replica.command(&["HGET", &format!("{{t:tenant-0}}:{key}"), "d"]).await.unwrap();
        assert_eq!(there, "x", "{key} is not on the replica");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_durable_commit_is_told_as_what_it_is() {
    let redis = Redis::start().await.unwrap();
    let side = durable(&redis, 10).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]).await.unwrap();
    let refused = side.store.commit(&side.tenant, commit(&Key::new("call", "x"), true)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]).await.unwrap();
    redis.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]).await.unwrap();
    let refused = side.store.commit(&side.tenant, commit(&Key::new("call", "x"), true)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
}
