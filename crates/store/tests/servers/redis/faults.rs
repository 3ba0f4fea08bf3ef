//! A server that refuses, does not answer, or has something else where a record should be.

use std::time::Duration;

use store::{Attachment, Commit, Key, LogBounds, Read, Store, StoreError, Word, Write};
use testkit::{Redis, eventually};

use super::{impatient_side, serving, settings, side};
use crate::contract::{BOUND, Side, put};

/// One of each sort of change, every one of which would be seen.
fn every_write() -> Vec<Write> {
    let bounds = LogBounds { max_entries: 9, max_age: Duration::from_mins(1) };
    vec![
        Write::Delete { key: Key::new("call", "deleted") },
        put(&Key::new("call", "put"), "after"),
        Write::Schedule { member: Key::new("call", "put"), at: clock::DateTime::UNIX_EPOCH },
        Write::Append {
            log: Key::new("log", "x"),
            entry: vec![1],
            bounds,
            bell: Some(Word::urgent("x")),
            attachment: None,
        },
        Write::Enqueue { queue: Key::new("queue", "x"), entry: vec![1] },
    ]
}

/// Prepares what [`every_write`] would change.
async fn prepare(side: &Side) {
    side.write(vec![put(&Key::new("call", "deleted"), "before"), put(&Key::new("call", "put"), "before")])
        .await;
}

async fn assert_unchanged(side: &Side, redis: &Redis) {
    assert_eq!(side.data(&Key::new("call", "deleted")).await.as_deref(), Some(b"before".as_slice()));
    assert_eq!(side.data(&Key::new("call", "put")).await.as_deref(), Some(b"before".as_slice()));
    let keys = redis.command(&["KEYS", &format!("{{t:{}}}:*", side.tenant)]).await.unwrap();
    let mut keys: Vec<&str> = keys.as_array().unwrap().iter().filter_map(|key| key.as_str()).collect();
    keys.sort_unstable();
    let expected = ["call:deleted", "call:put", "epoch"].map(|name| format!("{{t:{}}}:{name}", side.tenant));
    assert_eq!(keys, expected);
}

async fn refusal(side: &Side) -> StoreError {
    let commit = Commit { writes: every_write(), ..Commit::default() };
    side.store.commit(&side.tenant, commit).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_that_the_server_forgot_are_sent_again() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let (key, log, queue) = (Key::new("call", "x"), Key::new("log", "x"), Key::new("queue", "x"));
    for _ in 0..3 {
        redis.command(&["SCRIPT", "FLUSH"]).await.unwrap();
        side.write(vec![put(&key, "x")]).await;
        assert!(side.data(&key).await.is_some());
        side.store.claim_due(&side.tenant, 1, Duration::from_secs(1)).await.unwrap();
        side.store.timers(&side.tenant).await.unwrap();
        side.store.read_log(&side.tenant, &log, 0, 1, None).await.unwrap();
        side.store.epoch(&side.tenant).await.unwrap();
        let wait = Duration::from_millis(1);
        side.store.take(&side.tenant, &queue, "anna", 1, wait, Duration::from_secs(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_memory_changes_nothing_and_is_read_all_the_same() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    prepare(&side).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]).await.unwrap();
    let refused = refusal(&side).await;
    assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
    assert_unchanged(&side, &redis).await;
    eventually("the store says so", BOUND, async || side.store.readiness().fault.is_some()).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]).await.unwrap();
    side.write(every_write()).await;
    eventually("the store serves again", BOUND, async || side.store.readiness().fault.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_too_few_replicas_changes_nothing() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    prepare(&side).await;
    redis.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]).await.unwrap();
    let refused = refusal(&side).await;
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
    assert!(refused.to_string().contains("NOREPLICAS"), "{refused}");
    assert_unchanged(&side, &redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_became_a_replica_changes_nothing() {
    let redis = Redis::start().await.unwrap();
    let side = impatient_side(&redis).await;
    prepare(&side).await;
    // Of nobody: it keeps what it has.
    redis.command(&["REPLICAOF", "127.0.0.1", "1"]).await.unwrap();
    let refused = refusal(&side).await;
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
    redis.command(&["REPLICAOF", "NO", "ONE"]).await.unwrap();
    eventually("it is served again", BOUND, async || {
        let read = Read::new().and(Key::new("call", "put"), 0);
        side.store.read(&side.tenant, read).await.map(drop)
    })
    .await;
    assert_unchanged(&side, &redis).await;
    side.write(every_write()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_a_commit_may_have_happened_and_a_read_is_not_told_of_absence() {
    let redis = Redis::start().await.unwrap();
    let side = impatient_side(&redis).await;
    let key = Key::new("call", "x");
    side.write(vec![put(&key, "before")]).await;
    let process = redis.process().unwrap();
    process.pause();
    let commit = Commit { writes: vec![put(&key, "after")], ..Commit::default() };
    let failed = side.store.commit(&side.tenant, commit).await.unwrap_err();
    assert!(matches!(failed, StoreError::Ambiguous { .. }), "{failed}");
    let read = Read::new().and(key.clone(), 0);
    let failed = side.store.read(&side.tenant, read.clone()).await.unwrap_err();
    assert!(matches!(failed, StoreError::Unavailable { .. }), "{failed}");
    assert!(failed.retry_after().is_some());
    process.resume();
    let seen =
        eventually("it is served again", BOUND, async || side.store.read(&side.tenant, read.clone()).await)
            .await;
    assert!(seen.data(&key).is_some());
}

/// Whoever breaks a record with these commands makes every verb about it fail, by its name.
async fn assert_corrupt(commands: &[&[&str]]) {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let (key, log) = (Key::new("call", "x"), Key::new("log", "x"));
    let referring = Key::new("user", "mona");
    let refs = vec![key.clone()];
    let put_referring = Write::Put { key: referring.clone(), data: vec![], refs, ttl: None };
    side.write(vec![
        put_referring,
        Write::Put { key: key.clone(), data: vec![], refs: vec![log], ttl: None },
    ])
    .await;
    for command in commands {
        redis.command(command).await.unwrap();
    }
    let corrupt = StoreError::Corrupt { key: key.clone() };
    for root in [key.clone(), referring] {
        let read = Read::new().and(root, 1);
        assert_eq!(side.store.read(&side.tenant, read).await.unwrap_err(), corrupt, "{commands:?}");
    }
}

const RECORD: &str = "{t:tenant-0}:call:x";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_record_is_named_and_never_absent() {
    assert_corrupt(&[&["SET", RECORD, "a text"]]).await;
    assert_corrupt(&[&["HDEL", RECORD, "v"]]).await;
    assert_corrupt(&[&["HSET", RECORD, "v", "many"]]).await;
    assert_corrupt(&[&["HSET", RECORD, "r", "[\"a"]]).await;
    assert_corrupt(&[&["HSET", RECORD, "l:phone", "soon"]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_with_a_broken_version_is_not_written_over() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    prepare(&side).await;
    redis.command(&["HSET", "{t:tenant-0}:call:put", "v", "many"]).await.unwrap();
    assert_eq!(refusal(&side).await, StoreError::Corrupt { key: Key::new("call", "put") });
    assert!(side.data(&Key::new("call", "deleted")).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_has_more_than_it_knows_of_is_not_appended_to() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    prepare(&side).await;
    side.write(every_write()[3..4].to_vec()).await;
    side.write(every_write()[3..4].to_vec()).await;
    let log = "{t:tenant-0}:log:x";
    redis.command(&["XADD", log, "3-0", "d", "x"]).await.unwrap();
    assert_eq!(refusal(&side).await, StoreError::Corrupt { key: Key::new("log", "x") });
    assert!(side.data(&Key::new("call", "deleted")).await.is_some());
    // Also where others are gone.
    redis.command(&["XTRIM", log, "MINID", "3-0"]).await.unwrap();
    assert_eq!(refusal(&side).await, StoreError::Corrupt { key: Key::new("log", "x") });
    assert!(side.data(&Key::new("call", "deleted")).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_has_consumed_is_found_out_anew_where_it_is_not_told() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let log = Key::new("log", "x");
    for reader in ["phone", "laptop", "phone", "phone"] {
        side.write(vec![append_for(&log, reader, Duration::from_hours(1))]).await;
    }
    redis.command(&["HSET", "{t:tenant-0}:log@log:x", "u:phone", "all"]).await.unwrap();
    let page = async |after| side.store.read_log(&side.tenant, &log, after, 9, Some("phone")).await.unwrap();
    assert!(page(9).await.has_unconsumed);
    let born = page(9).await.born;
    let consume =
        async |up_to| side.store.consume(&side.tenant, &log, "phone", born, up_to, BOUND).await.unwrap();
    assert_eq!(consume(3).await, 2);
    assert!(!page(3).await.has_unconsumed);
    assert!(page(4).await.has_unconsumed);
    assert_eq!(consume(4).await, 1);
    assert!(!page(9).await.has_unconsumed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_forgets_readers_with_nothing_left_to_consume() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let log = Key::new("log", "x");
    let append = async |reader: &str, max_age| side.write(vec![append_for(&log, reader, max_age)]).await;
    let soon = Duration::from_millis(50);
    for number in 0..50 {
        append(&format!("of-{number}"), soon).await;
    }
    eventually("who has nothing left is forgotten", BOUND, async || {
        let others = append("other", soon).await[0];
        append("newest", soon).await;
        let page = side.store.read_log(&side.tenant, &log, u64::MAX, 1, Some("other")).await.unwrap();
        assert_eq!(page.has_unconsumed, others > page.floor, "whose entries are there is not forgotten");
        let kept = redis.command(&["HKEYS", "{t:tenant-0}:log@log:x"]).await.unwrap().to_string();
        if kept.contains("u:of-") { Err(kept) } else { Ok(()) }
    })
    .await;
}

fn append_for(log: &Key, reader: &str, max_age: Duration) -> Write {
    let bounds = LogBounds { max_entries: 1_000, max_age };
    let attachment = Attachment { record: Key::new("signal", "never"), reader: Some(reader.to_owned()) };
    Write::Append { log: log.clone(), entry: vec![], bounds, bell: None, attachment: Some(attachment) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_of_nobody_does_not_keep_the_others_from_being_claimed() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let member = Key::new("call", "x");
    side.write(vec![Write::Schedule { member: member.clone(), at: side.now().await }]).await;
    redis.command(&["ZADD", "{t:tenant-0}:timers", "1", "nobody"]).await.unwrap();
    let claimed = side.store.claim_due(&side.tenant, 10, Duration::from_mins(1)).await.unwrap();
    assert_eq!(claimed.due.into_iter().map(|due| due.member).collect::<Vec<_>>(), [member]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_takes_no_more_and_nothing_else_is_changed() {
    let redis = Redis::start().await.unwrap();
    let side = Side::new(&serving(&settings(&redis.url)).await, 0);
    assert_full(&side).await;
    let memory = Store::memory(clock::Clock::system(), &crate::contract::tenants());
    assert_full(&Side::new(&memory, 0)).await;
}

async fn assert_full(side: &Side) {
    let queue = Key::new("outbox", "full");
    let entry = || Write::Enqueue { queue: queue.clone(), entry: vec![] };
    for _ in 0..10 {
        side.write((0..store::MAX_QUEUE / 10).map(|_| entry()).collect()).await;
    }
    let key = Key::new("call", "x");
    let commit = Commit { writes: vec![put(&key, "x"), entry()], ..Commit::default() };
    let refused = side.store.commit(&side.tenant, commit).await.unwrap_err();
    assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
    assert_eq!(side.data(&key).await, None);
    let taken =
        side.store.take(&side.tenant, &queue, "anna", 1, Duration::ZERO, Duration::ZERO).await.unwrap();
    let id = taken[0].id.clone();
    side.write(vec![Write::Acknowledge { queue: queue.clone(), id }]).await;
    side.write(vec![entry()]).await;
}
