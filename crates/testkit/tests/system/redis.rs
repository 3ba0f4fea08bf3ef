//! Redis servers are what they are said to be before anything is tested with them.

use std::time::Duration;

use testkit::{Redis, RedisCluster, RedisSentinel, SecureRedis, eventually};

#[tokio::test]
async fn a_redis_answers_texts_numbers_lists_and_errors() {
    let redis = Redis::start().await.unwrap();
    assert_eq!(redis.command(&["SET", "name", "value"]).await.unwrap(), "OK");
    assert_eq!(redis.command(&["GET", "name"]).await.unwrap(), "value");
    assert_eq!(redis.command(&["GET", "nothing"]).await.unwrap(), serde_json::Value::Null);
    assert_eq!(redis.command(&["RPUSH", "list", "a", "b"]).await.unwrap(), 2);
    assert_eq!(redis.command(&["LRANGE", "list", "0", "-1"]).await.unwrap(), serde_json::json!(["a", "b"]));
    let refused = redis.command(&["LLEN", "name"]).await.unwrap_err();
    assert!(format!("{refused:?}").contains("WRONGTYPE"), "{refused:?}");
}

#[tokio::test]
async fn a_redis_keeps_its_data_over_a_power_cut_only_if_it_is_told_to() {
    for (lines, kept) in [(&[][..], serde_json::Value::Null), (&["appendonly yes"], "value".into())] {
        let mut redis = Redis::configured(lines).await.unwrap();
        let url = redis.url.clone();
        redis.command(&["SET", "name", "value"]).await.unwrap();
        redis.kill().await;
        assert!(redis.command(&["PING"]).await.is_err());
        redis.start_again().await.unwrap();
        assert_eq!(redis.command(&["GET", "name"]).await.unwrap(), kept);
        assert_eq!(redis.url, url);
    }
}

#[tokio::test]
async fn sentinels_replace_a_dead_primary() {
    let mut redis = RedisSentinel::start().await.unwrap();
    let old = redis.kill_primary().await.unwrap();
    eventually("another primary", Duration::from_secs(20), async || {
        redis.primary().await.is_ok_and(|now| now != old)
    })
    .await;
}

#[tokio::test]
async fn a_slot_moves_from_one_primary_of_a_cluster_to_another() {
    let mut redis = RedisCluster::start().await.unwrap();
    let slot = redis.slot("{t:acme}:x").await.unwrap();
    let from = redis.owner(slot);
    let to = (from + 1) % 3;
    redis.node(from).command(&["SET", "{t:acme}:x", "value"]).await.unwrap();
    redis.start_moving(slot, to).await.unwrap();
    assert_eq!(redis.move_keys(slot, to, 100).await.unwrap(), 1);
    let asked = redis.node(from).command(&["GET", "{t:acme}:x"]).await.unwrap_err();
    assert!(format!("{asked:?}").contains("ASK"), "{asked:?}");
    redis.finish_moving(slot, to).await.unwrap();
    assert_eq!(redis.node(redis.owner(slot)).command(&["GET", "{t:acme}:x"]).await.unwrap(), "value");
    let moved = redis.node(from).command(&["GET", "{t:acme}:x"]).await.unwrap_err();
    assert!(format!("{moved:?}").contains("MOVED"), "{moved:?}");
}

#[tokio::test]
async fn a_secure_redis_has_a_user_for_the_store_and_none_for_nobody() {
    let mut redis = SecureRedis::start().await.unwrap();
    assert!(redis.authority_file.is_file());
    assert_eq!(redis.server().command(&["ACL", "WHOAMI"]).await.unwrap(), "administrator");
}
