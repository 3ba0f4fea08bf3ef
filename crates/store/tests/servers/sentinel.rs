//! A primary that is lost, replaced, hangs or is demoted.

use settings::Secret;
use signal_protocol::Tenant;
use store::{Commit, Committed, Epoch, Key, Read, Store, StoreError, StoreSettings, Write};
use testkit::{Redis, RedisSentinel, eventually};

use crate::contract::{self, BOUND};
use crate::load::Load;
use crate::redis::{serving, settings};

fn tenant() -> Tenant {
    Tenant::parse("acme").unwrap()
}

/// With the times of production, which are what is tested here.
fn start(url: &str, wait_replicas: u32) -> Store {
    let settings =
        StoreSettings { url: Secret::from(url.to_owned()), wait_replicas, ..StoreSettings::default() };
    Store::start(&settings, &[tenant()]).unwrap()
}

async fn epoch(store: &Store) -> Epoch {
    eventually("the store serves", BOUND, async || store.epoch(&tenant()).await).await
}

fn put(key: &Key, data: &str) -> Commit {
    let put = Write::Put { key: key.clone(), data: data.into(), refs: Vec::new(), ttl: None };
    Commit { writes: vec![put], ..Commit::default() }
}

async fn is_put(store: &Store, key: &Key, data: &str) -> Result<(), StoreError> {
    is_applied(store, put(key, data)).await
}

async fn is_applied(store: &Store, commit: Commit) -> Result<(), StoreError> {
    let committed = store.commit(&tenant(), commit).await?;
    assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    Ok(())
}

async fn data(store: &Store, key: &Key) -> Result<Option<String>, StoreError> {
    let snapshot = store.read(&tenant(), Read::new().and(key.clone(), 0)).await?;
    Ok(snapshot.data(key).map(|data| String::from_utf8(data.to_vec()).unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract() {
    let redis = RedisSentinel::start().await.unwrap();
    let settings = StoreSettings { wait_replicas: 2, ..settings(&redis.url) };
    contract::all(&serving(&settings).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_primary_takes_no_acknowledged_commit_with_it_and_writers_go_on_by_themselves() {
    let mut redis = RedisSentinel::start().await.unwrap();
    let store = start(&redis.url, 1);
    let before = epoch(&store).await;
    let load = Load::start(&store, &tenant());
    load.goes_on().await;
    redis.kill_primary().await.unwrap();
    load.goes_on().await;
    assert_ne!(epoch(&store).await, before, "whoever saw events of the dead primary must be told");
    load.lost_nothing().await;
}

/// A primary that lives goes on while the Sentinels promote one of its replicas, and the other replica goes on to acknowledge what
/// it does, all of which is then thrown away. So one replica's word is enough only against a primary's death; against everything
/// that can become of one it takes all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_living_primary_that_is_replaced_takes_no_commit_with_it_that_all_replicas_acknowledged() {
    let mut redis = RedisSentinel::start().await.unwrap();
    let store = start(&redis.url, 2);
    let before = epoch(&store).await;
    let load = Load::start(&store, &tenant());
    load.goes_on().await;
    // The Sentinel that is listened to first; another one tells of the change.
    redis.sentinel_mut(0).kill().await;
    redis.fail_over().await.unwrap();
    load.goes_on().await;
    assert_ne!(epoch(&store).await, before);
    load.lost_nothing().await;
}

#[tokio::test]
async fn a_primary_that_is_replaced_while_nobody_asks_is_noticed() {
    let redis = RedisSentinel::start().await.unwrap();
    let store = start(&redis.url, 2);
    let before = epoch(&store).await;
    let key = Key::new("call", "a");
    // At both replicas: on a busy machine one may be behind, and what it has not got would be lost if it is that one that takes over.
    let kept = Commit { durable: true, ..put(&key, "kept") };
    is_applied(&store, kept).await.unwrap();
    redis.fail_over().await.unwrap();
    eventually("another epoch", BOUND, async || epoch(&store).await != before).await;
    assert_eq!(data(&store, &key).await.unwrap().as_deref(), Some("kept"));
}

#[tokio::test]
async fn a_primary_that_hangs_is_given_up_and_what_it_was_sent_is_not_taken_for_done() {
    let redis = RedisSentinel::start().await.unwrap();
    let store = start(&redis.url, 1);
    let before = epoch(&store).await;
    let key = Key::new("call", "a");
    let hung = redis.primary().await.unwrap();
    redis.server(hung).process().unwrap().pause();
    let error = store.commit(&tenant(), Commit { durable: true, ..put(&key, "lost") }).await.unwrap_err();
    assert!(matches!(error, StoreError::Ambiguous { .. } | StoreError::Unavailable { .. }), "{error:?}");
    // On a busy machine the Sentinels may replace the new one as well.
    let kept = || Commit { durable: true, ..put(&key, "kept") };
    eventually("the new primary", BOUND, async || is_applied(&store, kept()).await).await;
    assert_ne!(epoch(&store).await, before);

    redis.server(hung).process().unwrap().resume();
    let role = async || redis.server(hung).command(&["ROLE"]).await.is_ok_and(|role| role[0] == "slave");
    eventually("the Sentinels to demote it", BOUND, role).await;
    assert_eq!(data(&store, &key).await.unwrap().as_deref(), Some("kept"));
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica_behind_our_back_is_not_written_to_nor_believed() {
    for (stale, said) in [("yes", "READONLY"), ("no", "MASTERDOWN")] {
        let redis = Redis::start().await.unwrap();
        let store = start(&redis.url, 0);
        let before = epoch(&store).await;
        let key = Key::new("call", "a");
        is_put(&store, &key, "before").await.unwrap();
        redis.command(&["CONFIG", "SET", "replica-serve-stale-data", stale]).await.unwrap();
        // Its own primary is nobody, so that it is a replica whose primary is down.
        redis.command(&["REPLICAOF", "127.0.0.1", "1"]).await.unwrap();
        let error = is_put(&store, &key, "never").await.unwrap_err();
        assert!(!matches!(error, StoreError::Ambiguous { .. }), "{said}: {error:?}");
        eventually("no answer from a replica", BOUND, async || {
            matches!(data(&store, &key).await, Err(StoreError::Unavailable { .. }))
        })
        .await;

        redis.command(&["REPLICAOF", "NO", "ONE"]).await.unwrap();
        eventually("the store serves again", BOUND, async || is_put(&store, &key, "after").await).await;
        assert_ne!(epoch(&store).await, before, "{said}: it may have had another one's data meanwhile");
    }
}

#[tokio::test]
async fn wrong_passwords_are_said_and_not_shown() {
    let redis = RedisSentinel::start().await.unwrap();
    let (servers, sentinels) = redis.url.split_once("sentinel_password=").unwrap();
    let sesame = "sesame".to_owned();
    let (login, hosts) = servers.split_once('@').unwrap();
    let servers_password = login.rsplit(':').next().unwrap();
    for url in [
        format!("{servers}sentinel_password={sesame}"),
        format!("{}@{hosts}sentinel_password={sentinels}", login.replace(servers_password, &sesame)),
        servers.trim_end_matches('?').to_owned(),
    ] {
        let store = start(&url, 0);
        let error = store.epoch(&tenant()).await.unwrap_err().to_string();
        assert!(error.contains("refuses the user or the password"), "{error}");
        for secret in [sesame.as_str(), servers_password, sentinels] {
            assert!(!error.contains(secret), "{error}");
        }
    }
}

#[tokio::test]
async fn a_name_that_no_sentinel_knows_is_said() {
    let redis = RedisSentinel::start().await.unwrap();
    let store = start(&redis.url.replace("/calls?", "/other?"), 0);
    let error = store.epoch(&tenant()).await.unwrap_err().to_string();
    assert!(error.contains("knows no primary of the name \"other\""), "{error}");
}
