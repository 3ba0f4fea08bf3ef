//! What is counted.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use store::{Attached, Attachment, Key, LogBounds, Store, Write};
use testkit::Redis;

use super::side;
use crate::contract::put;

/// The value of the line that begins with `name`; 0 if there is none.
fn metric(store: &Store, name: &str) -> u64 {
    let mut registry = Registry::default();
    store.register_metrics(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_and_a_commit_are_one_round_trip_each() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let key = Key::new("call", "x");
    // The first ones also send the script.
    side.write(vec![put(&key, "x")]).await;
    side.version(&key).await;
    let trips = |operation: &str| {
        metric(&side.store, &format!("store_round_trips_total{{operation=\"{operation}\"}}"))
    };
    let before = (trips("read"), trips("commit"));
    for _ in 0..5 {
        let version = side.version(&key).await;
        side.write_if(vec![(key.clone(), version)], vec![put(&key, "y")]).await;
    }
    assert_eq!((trips("read"), trips("commit")), (before.0 + 5, before.1 + 5));
    side.write_if(vec![(key.clone(), store::Version::ABSENT)], vec![]).await;
    let commits = |outcome: &str| {
        metric(
            &side.store,
            &format!("store_operation_seconds_count{{operation=\"commit\",outcome=\"{outcome}\"}}"),
        )
    };
    assert_eq!((commits("applied"), commits("conflict")), (6, 1));
}

/// How often the server has run a command since it was told to forget.
async fn calls(redis: &Redis, command: &str) -> u64 {
    let stats = redis.command(&["INFO", "commandstats"]).await.unwrap();
    let line = stats
        .as_str()
        .unwrap()
        .lines()
        .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls="))?.split(',').next());
    line.map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_cost_no_round_trip_and_nothing_at_all_where_there_are_none() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let [plain, log] = ["plain", "with"].map(|id| Key::new("mailbox", id));
    let append = |log: &Key, number: usize, attachment| {
        let bounds = LogBounds { max_entries: 100, max_age: Duration::from_hours(1) };
        let entry = number.to_string().into_bytes();
        Write::Append { log: log.clone(), entry, bounds, bell: None, attachment }
    };
    for number in 0..5 {
        let record = Key::new("signal", number);
        let attachment = Attachment { record: record.clone(), reader: Some("phone".to_owned()) };
        let writes =
            vec![put(&record, "x"), append(&log, number, Some(attachment)), append(&plain, number, None)];
        side.write(writes).await;
    }
    let read = async |log| side.store.read_log(&side.tenant, log, 0, 9, Some("phone")).await.unwrap();
    // The first one also sends the script.
    read(&plain).await;
    let trips = || metric(&side.store, "store_round_trips_total{operation=\"read_log\"}");
    let before = trips();
    redis.command(&["CONFIG", "RESETSTAT"]).await.unwrap();
    assert!(read(&plain).await.entries.iter().all(|entry| entry.attachment == Attached::None));
    assert_eq!((calls(&redis, "hget").await, calls(&redis, "xrange").await), (1, 1), "the epoch alone");
    let with = read(&log).await;
    assert!(with.entries.iter().all(|entry| entry.attachment == Attached::Data(b"x".to_vec())));
    assert_eq!((calls(&redis, "hget").await, calls(&redis, "xrange").await), (1 + 1 + 5, 1 + 1));
    assert_eq!(trips(), before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_counted() {
    let redis = Redis::start().await.unwrap();
    let side = side(&redis).await;
    let key = Key::new("call", "x");
    side.write(vec![put(&key, "no JSON")]).await;
    let corrupt = || metric(&side.store, "store_corrupt_records_total");
    assert_eq!(corrupt(), 0);
    side.snapshot(&key, 0).await.parse::<u8>(&key).unwrap_err();
    assert_eq!(corrupt(), 1);
    redis.command(&["HDEL", "{t:tenant-0}:call:x", "v"]).await.unwrap();
    side.store.read(&side.tenant, store::Read::new().and(key, 0)).await.unwrap_err();
    assert_eq!(corrupt(), 2);
}
