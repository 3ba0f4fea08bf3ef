//! A server that was restarted or emptied: nothing that was lost is taken for what is there.

use std::time::Duration;

use store::{Bell, Committed, Epoch, Heard, Key, LogBounds, Ring, Word, Write};
use testkit::{Redis, eventually};

use super::side;
use crate::contract::{BOUND, Side, put};

fn append(log: &Key) -> Write {
    let bounds = LogBounds { max_entries: 9, max_age: Duration::from_mins(1) };
    Write::Append {
        log: log.clone(),
        entry: vec![],
        bounds,
        bell: Some(Word::urgent("word")),
        attachment: None,
    }
}

/// A bell that was heard once.
async fn bell(side: &Side) -> Bell {
    let mut bell = side.store.bell(&side.tenant);
    assert_eq!(bell.next().await, Ring::Missed);
    bell
}

/// Waits until the bell says that something may have been missed.
/// The only word that is ever rung here.
fn word() -> Ring {
    Ring::Words(vec![Heard { word: "word".to_owned(), brought: None }])
}

async fn assert_missed(bell: &mut Bell) {
    let missed = async { while bell.next().await != Ring::Missed {} };
    tokio::time::timeout(BOUND, missed).await.unwrap();
}

async fn other_epoch(side: &Side, before: &Epoch) -> Epoch {
    eventually("there is another epoch", BOUND, async || match side.store.epoch(&side.tenant).await {
        Ok(epoch) if epoch == *before => Err("the old one".to_owned()),
        Ok(epoch) => Ok(epoch),
        Err(error) => Err(error.to_string()),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_that_lost_nothing_gives_another_epoch_and_keeps_the_records() {
    let mut redis = Redis::configured(&["appendonly yes"]).await.unwrap();
    let side = side(&redis).await;
    let (key, log) = (Key::new("call", "x"), Key::new("log", "x"));
    side.write(vec![put(&key, "x"), append(&log)]).await;
    let version = side.version(&key).await;
    let before = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap();
    let mut bell = bell(&side).await;

    redis.kill().await;
    redis.start_again().await.unwrap();

    let epoch = other_epoch(&side, &before.epoch).await;
    assert_missed(&mut bell).await;
    assert_eq!(side.version(&key).await, version);
    let after = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap();
    assert_eq!((after.entries, after.last, after.born), (before.entries, before.last, before.born));
    assert_eq!(after.epoch, epoch);
    assert_eq!(side.write(vec![append(&log)]).await, [2]);
    assert_eq!(bell.next().await, word());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_emptied_under_us_is_seen_to_be() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let (key, log, queue) = (Key::new("call", "x"), Key::new("log", "x"), Key::new("queue", "x"));
    side.write(vec![put(&key, "x"), append(&log), append(&log)]).await;
    let version = side.version(&key).await;
    let before = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap();
    let idle = Duration::from_mins(1);
    side.store.take(&side.tenant, &queue, "anna", 1, Duration::ZERO, idle).await.unwrap();
    let mut bell = bell(&side).await;

    redis.command(&["FLUSHALL"]).await.unwrap();

    // No connection was lost, so nobody but the bell and the reader of a log would notice.
    let empty = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap();
    assert_eq!((empty.last, empty.born), (0, 0));
    assert_ne!(empty.epoch, before.epoch);
    assert_missed(&mut bell).await;
    side.write(vec![put(&key, "x"), append(&log)]).await;
    let after = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap();
    assert!(after.born > before.born);
    assert!(side.version(&key).await > version);
    assert_eq!(side.store.take(&side.tenant, &queue, "anna", 1, Duration::ZERO, idle).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_of_a_change_that_was_lost_never_comes_again() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let key = Key::new("call", "x");
    let name = format!("{{t:{}}}:{key}", side.tenant);
    side.write(vec![put(&key, "kept")]).await;
    let kept = redis.command(&["HGET", &name, "v"]).await.unwrap();
    side.write(vec![put(&key, "lost")]).await;
    let lost = side.version(&key).await;

    // What a failover does that comes between somebody's reading and their commit.
    redis.command(&["HSET", &name, "v", kept.as_str().unwrap(), "d", "kept"]).await.unwrap();
    side.write(vec![put(&key, "other")]).await;

    let committed =
        side.write_if(vec![(key.clone(), lost)], vec![put(&key, "decided on what was lost")]).await;
    assert_eq!(committed, Committed::Conflict { key });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bell_that_went_because_it_was_silent_has_missed_nothing() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let log = Key::new("log", "x");
    let name = format!("{{t:{}}}:bell", side.tenant);
    let mut bell = bell(&side).await;
    side.write(vec![append(&log)]).await;
    assert_eq!(bell.next().await, word());
    tokio::time::sleep(Duration::from_secs(11)).await;
    for pause in [0, 1_500] {
        redis.command(&["DEL", &name]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        side.write(vec![append(&log)]).await;
        assert_eq!(bell.next().await, word(), "after {pause} ms");
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
    redis.command(&["DEL", &name]).await.unwrap();
    side.write(vec![append(&log)]).await;
    assert_eq!(bell.next().await, word());
    redis.command(&["DEL", &name]).await.unwrap();
    assert_missed(&mut bell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bell_that_is_made_anew_before_anybody_looks_has_missed_something() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let log = Key::new("log", "x");
    side.write(vec![append(&log), append(&log)]).await;
    let mut bell = bell(&side).await;
    redis.command(&["FLUSHALL"]).await.unwrap();
    side.write(vec![append(&log), append(&log), append(&log)]).await;
    assert_missed(&mut bell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_waits_for_a_server_that_is_away() {
    let mut redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let mut bell = bell(&side).await;
    redis.stop().await;
    let listener = tokio::spawn(async move {
        assert_missed(&mut bell).await;
        bell
    });
    redis.start_again().await.unwrap();
    let mut bell = tokio::time::timeout(BOUND, listener).await.unwrap().unwrap();
    side.write(vec![append(&Key::new("log", "x"))]).await;
    assert_eq!(bell.next().await, word());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_was_given_up_loses_nothing() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let mut bell = bell(&side).await;
    tokio::select! {
        biased;
        ring = bell.next() => panic!("nothing was rung, and yet {ring:?}"),
        () = tokio::task::yield_now() => {}
    }
    side.write(vec![append(&Key::new("log", "x"))]).await;
    assert_eq!(bell.next().await, word());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_in_a_process_hears_the_bell_over_one_connection_while_anybody_listens() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let listening = async || {
        let clients = redis.command(&["CLIENT", "LIST"]).await.unwrap();
        clients.as_str().unwrap().lines().filter(|client| client.contains("cmd=xread ")).count()
    };
    let mut first = bell(&side).await;
    let mut others = [bell(&side).await, bell(&side).await];
    eventually("one reads", BOUND, async || listening().await == 1).await;
    side.write(vec![append(&Key::new("log", "x"))]).await;
    for bell in others.iter_mut().chain([&mut first]) {
        assert_eq!(bell.next().await, word());
    }
    drop(first);
    side.write(vec![append(&Key::new("log", "x"))]).await;
    assert_eq!(others[1].next().await, word());
    drop(others);
    eventually("nobody reads", BOUND, async || listening().await == 0).await;
    bell(&side).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_on_one_server_have_one_epoch() {
    let redis = Redis::start().await.unwrap();
    let (one, two) = tokio::join!(side(&redis), side(&redis));
    assert_eq!(one.store.epoch(&one.tenant).await.unwrap(), two.store.epoch(&two.tenant).await.unwrap());
    assert_ne!(
        one.store.epoch(&crate::contract::tenant(1)).await.unwrap(),
        one.store.epoch(&one.tenant).await.unwrap(),
    );
}
