//! Whoever's login is ended leaves the rooms they are in.

use signal_protocol::Tenant;
use store::{Commit, Key, Read, Store, StoreSettings, Write};
use testkit::eventually;

use super::{CLIENTS, logout_claims, say};
use crate::socket::{BOUND, Socket};
use crate::world::{STORE_PATIENCE_MS, World};

/// The records of a world, as the service has them.
async fn store(world: &World) -> (Store, Tenant) {
    let tenant = Tenant::parse("realtime").unwrap();
    let url = world.redis().url.clone().into();
    let settings = StoreSettings { url, timeout_ms: STORE_PATIENCE_MS, ..StoreSettings::default() };
    let store = Store::start(&settings, std::slice::from_ref(&tenant)).unwrap();
    eventually("it is connected", BOUND, async || store.epoch(&tenant).await.is_ok()).await;
    (store, tenant)
}

async fn is_signed_out(store: &Store, tenant: &Tenant, user: &str) -> bool {
    let key = Key::new("signed-out", user);
    let snapshot = store.read(tenant, Read::new().and(key.clone(), 0)).await.unwrap();
    snapshot.data(&key).is_some()
}

/// Ann is in two rooms, of which one is that of a call, when one of her logins is ended.
async fn ann_is_logged_out(settings: &[(&str, &str)]) -> (World, Socket) {
    let world = World::with_calls(settings, &[]).await;
    let (store, tenant) = store(&world).await;
    let since = r#"{"since":"2027-01-01T00:00:00.000Z"}"#;
    let call = "call-0198c5a0-7c3e-7d5a-8f00-0123456789ab";
    let data = format!(r#"{{"schema":1,"rooms":{{"standup":{since},"{call}":{since}}}}}"#).into_bytes();
    let writes = vec![Write::Put { key: Key::new("whereabouts", "ann"), data, refs: Vec::new(), ttl: None }];
    store.commit(&tenant, Commit { writes, ..Commit::default() }).await.unwrap();
    let (laptop, _) = Socket::of(&world, "ann", "laptop").await;
    let ended = logout_claims(&world, &world.claims("ann", &[]));
    assert_eq!(say(&world, &world.url, &world.issuer.sign(&ended)).await.status, 200);
    (world, laptop)
}

#[tokio::test]
async fn they_leave_every_room_and_their_other_devices_are_told_why() {
    let (world, mut laptop) = ann_is_logged_out(&[CLIENTS]).await;
    let removed = laptop.event("room.removed").await;
    assert_eq!(
        (removed["room_id"].as_str(), removed["reason"].as_str()),
        (Some("standup"), Some("signed_out"))
    );
    eventually("nobody of theirs is left", BOUND, async || {
        world.figure("revocation_leavings_total{outcome=\"left\"} ").await > 0.0
    })
    .await;
    let (store, tenant) = store(&world).await;
    assert!(is_signed_out(&store, &tenant, "ann").await);
    assert!(!is_signed_out(&store, &tenant, "bob").await);
}

#[tokio::test]
async fn where_the_policy_says_so_they_stay() {
    let (world, mut laptop) = ann_is_logged_out(&[CLIENTS, ("REVOCATION__LEAVE_ROOMS", "false")]).await;
    laptop.say(&serde_json::json!({ "type": "ping" })).await;
    assert_eq!(laptop.next().await["type"], "pong", "and hear of nothing");
    let (store, tenant) = store(&world).await;
    assert!(!is_signed_out(&store, &tenant, "ann").await);
}
