//! Tenants on several primaries, and one that is moved from one to another.

use std::time::Duration;

use settings::Secret;
use signal_protocol::Tenant;
use store::{
    Attached, Attachment, Commit, Committed, Key, LogBounds, Read, Store, StoreError, StoreSettings, Version,
    Write,
};
use testkit::{RedisCluster, eventually};

use crate::contract::{self, BOUND};
use crate::load::Load;
use crate::redis::{serving, settings};

const HOUR: Duration = Duration::from_hours(1);

/// More than there are primaries.
const TENANTS: [&str; 4] = ["acme", "beta", "core", "dune"];

async fn start(redis: &RedisCluster) -> (Store, Vec<Tenant>) {
    let tenants: Vec<Tenant> = TENANTS.iter().map(|tenant| Tenant::parse(tenant).unwrap()).collect();
    let settings = StoreSettings { url: Secret::from(redis.url.clone()), ..StoreSettings::default() };
    let store = Store::start(&settings, &tenants).unwrap();
    for tenant in &tenants {
        eventually("the store serves", BOUND, async || store.epoch(tenant).await).await;
    }
    (store, tenants)
}

fn put(key: &Key, data: &str, refs: &[&Key]) -> Write {
    let refs = refs.iter().map(|&key| key.clone()).collect();
    Write::Put { key: key.clone(), data: data.into(), refs, ttl: None }
}

async fn commit(store: &Store, tenant: &Tenant, writes: Vec<Write>) -> Result<(), StoreError> {
    let committed = store.commit(tenant, Commit { writes, ..Commit::default() }).await?;
    assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    Ok(())
}

/// The tenant's slot, and the primary to move it to.
async fn move_of(redis: &RedisCluster, tenant: &Tenant) -> (u16, usize) {
    let slot = redis.slot(&format!("{{t:{tenant}}}")).await.unwrap();
    (slot, (redis.owner(slot) + 1) % 3)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract() {
    let redis = RedisCluster::start().await.unwrap();
    contract::all(&serving(&settings(&redis.url)).await).await;
}

#[tokio::test]
async fn each_tenant_is_kept_by_the_primary_of_its_slot() {
    let redis = RedisCluster::start().await.unwrap();
    let (store, tenants) = start(&redis).await;
    for tenant in &tenants {
        let key = Key::new("call", "a");
        commit(&store, tenant, vec![put(&key, tenant.as_str(), &[])]).await.unwrap();
        let (slot, _) = move_of(&redis, tenant).await;
        let stored = format!("{{t:{tenant}}}:{key}");
        assert_eq!(redis.node(redis.owner(slot)).command(&["EXISTS", &stored]).await.unwrap(), 1);
    }
}

/// What a read may say while a slot moves: all of it, or that it moves. Never that something is not there.
async fn is_whole_or_moving(store: &Store, tenant: &Tenant, keys: [&Key; 2], versions: [Version; 2]) -> bool {
    match store.read(tenant, Read::new().and(keys[0].clone(), 1)).await {
        Ok(snapshot) => {
            assert_eq!(keys.map(|key| snapshot.version(key)), versions);
            true
        }
        Err(StoreError::Moving) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_slot_that_moves_is_said_to_and_nothing_is_ever_half_done_or_absent() {
    let mut redis = RedisCluster::start().await.unwrap();
    let (store, tenants) = start(&redis).await;
    let tenant = &tenants[0];
    let [first, second, fresh] = ["first", "second", "fresh"].map(|id| Key::new("call", id));
    let both = || vec![put(&first, "1", &[&second]), put(&second, "2", &[])];
    commit(&store, tenant, both()).await.unwrap();
    let snapshot = store.read(tenant, Read::new().and(first.clone(), 1)).await.unwrap();
    let versions = [snapshot.version(&first), snapshot.version(&second)];
    let whole = async || is_whole_or_moving(&store, tenant, [&first, &second], versions).await;
    let stored = |key: &Key| format!("{{t:{tenant}}}:{key}");

    let (slot, to) = move_of(&redis, tenant).await;
    redis.start_moving(slot, to).await.unwrap();
    assert!(whole().await, "nothing was moved yet");
    // Whether a key that is not here is new or was moved, the old primary cannot know.
    let half_new = vec![put(&first, "never", &[]), put(&fresh, "never", &[])];
    assert_eq!(commit(&store, tenant, half_new.clone()).await, Err(StoreError::Moving));
    assert!(whole().await, "the refused commit changed nothing");

    // The record that only the other one refers to.
    redis.move_these(&[&stored(&second)], slot, to).await.unwrap();
    assert!(!whole().await, "half of it is elsewhere");
    assert_eq!(commit(&store, tenant, both()).await, Err(StoreError::Moving));
    assert_eq!(commit(&store, tenant, half_new).await, Err(StoreError::Moving));

    while redis.move_keys(slot, to, 1).await.unwrap() > 0 {
        assert!(!whole().await);
        assert_eq!(commit(&store, tenant, both()).await, Err(StoreError::Moving));
    }
    redis.finish_moving(slot, to).await.unwrap();
    eventually("the new primary serves", BOUND, whole).await;
    assert_eq!(redis.node(to).command(&["EXISTS", &stored(&fresh)]).await.unwrap(), 0);
    commit(&store, tenant, both()).await.unwrap();
    assert_eq!(redis.node(to).command(&["HGET", &stored(&first), "d"]).await.unwrap(), "1");
}

#[tokio::test]
async fn what_is_attached_is_not_gone_because_it_moves() {
    let mut redis = RedisCluster::start().await.unwrap();
    let (store, tenants) = start(&redis).await;
    let tenant = &tenants[0];
    let (log, record) = (Key::new("mailbox", "mona"), Key::new("signal", "x"));
    let attachment = Some(Attachment { record: record.clone(), reader: Some("phone".to_owned()) });
    let bounds = LogBounds { max_entries: 9, max_age: HOUR };
    let append = Write::Append { log: log.clone(), entry: vec![], bounds, bell: None, attachment };
    commit(&store, tenant, vec![put(&record, "x", &[]), append]).await.unwrap();
    let read = async || store.read_log(tenant, &log, 0, 9, Some("phone")).await;
    let (slot, to) = move_of(&redis, tenant).await;
    redis.start_moving(slot, to).await.unwrap();
    let page = read().await.unwrap();
    assert_eq!(page.entries[0].attachment, Attached::Data(b"x".to_vec()));
    let born = page.born;
    redis.move_these(&[&format!("{{t:{tenant}}}:{record}")], slot, to).await.unwrap();
    assert_eq!(read().await.unwrap_err(), StoreError::Moving);
    assert_eq!(store.consume(tenant, &log, "phone", born, 9, HOUR).await, Err(StoreError::Moving));
    while redis.move_keys(slot, to, 1).await.unwrap() > 0 {}
    redis.finish_moving(slot, to).await.unwrap();
    let page = eventually("the new primary serves", BOUND, read).await;
    assert_eq!(page.entries[0].attachment, Attached::Data(b"x".to_vec()));
    assert_eq!(
        store.consume(tenant, &log, "phone", born, 9, HOUR).await,
        Ok(1),
        "nothing was forgotten halfway"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_under_load_takes_no_acknowledged_commit_with_it() {
    let mut redis = RedisCluster::start().await.unwrap();
    let (store, tenants) = start(&redis).await;
    let before = store.epoch(&tenants[1]).await.unwrap();
    let load = Load::start(&store, &tenants[1]);
    load.goes_on().await;
    let (slot, to) = move_of(&redis, &tenants[1]).await;
    redis.start_moving(slot, to).await.unwrap();
    while redis.move_keys(slot, to, 1).await.unwrap() > 0 {}
    redis.finish_moving(slot, to).await.unwrap();
    load.goes_on().await;
    let after = eventually("the epoch", BOUND, async || store.epoch(&tenants[1]).await).await;
    assert_ne!(after, before, "another server, another epoch");
    load.lost_nothing().await;
}

#[tokio::test]
async fn the_tenants_of_the_other_primaries_do_not_notice_that_one_is_gone() {
    let mut redis = RedisCluster::start().await.unwrap();
    let (store, tenants) = start(&redis).await;
    let mut owners = Vec::new();
    for tenant in &tenants {
        owners.push(redis.owner(move_of(&redis, tenant).await.0));
    }
    let lost = owners[0];
    // A key of the lost one is refused by all once they know; until then, and by this setting after it, the others serve.
    for number in 0..3 {
        let lenient = ["CONFIG", "SET", "cluster-require-full-coverage", "no"];
        redis.node(number).command(&lenient).await.unwrap();
    }
    redis.node_mut(lost).kill().await;
    let key = Key::new("call", "a");
    for (tenant, owner) in tenants.iter().zip(&owners) {
        let committed = commit(&store, tenant, vec![put(&key, "data", &[])]).await;
        assert_eq!(committed.is_ok(), *owner != lost, "{tenant}: {committed:?}");
    }
}
