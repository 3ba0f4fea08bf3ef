//! What is counted.

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use store::{Key, Store};
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
