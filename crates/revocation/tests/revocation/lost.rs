//! A store that is away, or that has lost what it had.

use testkit::{Redis, eventually};

use crate::world::{SOON, World};

#[tokio::test]
async fn what_is_known_stays_in_force_while_the_store_is_away_and_the_rest_is_heard_of_afterwards() {
    let mut redis = Redis::start().await.unwrap();
    let world = World::redis(&redis).await;
    world.is_connected().await;
    let replica = world.replica().await;
    let (before, after) = (world.login("alice"), world.login("alice"));
    world.ends(&before).await;
    world.is_refused(&replica, &before).await;
    redis.stop().await;
    assert!(!world.is_accepted(&replica, &before).await);
    assert!(world.is_accepted(&replica, &after).await, "it fails open");
    assert_eq!(replica.follower.following().fault, None, "it goes on with what it has");
    redis.start_again().await.unwrap();
    world.is_connected().await;
    eventually("the store takes it", SOON, async || {
        let commit = store::Commit::default();
        world.store.commit(&world.tenant, commit).await.is_ok()
    })
    .await;
    world.ends(&after).await;
    world.is_refused(&replica, &after).await;
    assert!(!world.is_accepted(&replica, &before).await, "whether the store still knows it or not");
}

#[tokio::test]
async fn a_replica_that_has_never_read_the_log_says_so_until_it_has() {
    let mut redis = Redis::start().await.unwrap();
    redis.stop().await;
    let world = World::redis(&redis).await;
    let replica = world.starts();
    eventually("it has tried", SOON, async || {
        replica.follower.following().fault == Some("the log of ended logins could never be read")
    })
    .await;
    redis.start_again().await.unwrap();
    replica.follower.loaded().await;
    assert_eq!(replica.follower.following().fault, None);
}

#[tokio::test]
async fn a_log_that_was_lost_is_read_from_its_beginning() {
    let redis = Redis::start().await.unwrap();
    let world = World::redis(&redis).await;
    world.is_connected().await;
    let replica = world.replica().await;
    let old: Vec<_> = (0..3).map(|_| world.login("alice")).collect();
    for login in &old {
        world.ends(login).await;
    }
    world.is_refused(&replica, &old[2]).await;
    redis.command(&["FLUSHALL"]).await.unwrap();
    // Fewer than there were: their offsets were used before.
    let new = world.login("alice");
    world.ends(&new).await;
    world.is_refused(&replica, &new).await;
    for login in &old {
        assert!(!world.is_accepted(&replica, login).await, "what is known is never taken back");
    }
}
