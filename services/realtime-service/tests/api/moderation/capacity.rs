//! A room that is known to be full.

use serde_json::{Value, json};
use signal_protocol::Tenant;
use store::{Commit, Key, Store, Write};

use super::token;
use crate::world::World;

/// Writes down who is in `standup`, as the webhooks of LiveKit do.
async fn occupy(world: &World, people: &Value) {
    let settings = serde_json::from_value(json!({ "url": world.redis().url })).unwrap();
    let tenant = Tenant::parse("realtime").unwrap();
    let store = Store::start(&settings, std::slice::from_ref(&tenant)).unwrap();
    let record =
        json!({ "schema": 1, "sid": "RM_1", "started_at": "2026-01-01T00:00:00.000Z", "people": people });
    let write = Write::Put {
        key: Key::new("occupancy", "standup"),
        data: record.to_string().into_bytes(),
        refs: Vec::new(),
        ttl: None,
    };
    testkit::eventually("the store takes it", super::BOUND, async || {
        store.commit(&tenant, Commit { writes: vec![write.clone()], ..Commit::default() }).await
    })
    .await;
}

fn person(sid: &str) -> Value {
    let long_ago = "2026-01-01T00:00:00.000Z";
    json!({ "sid": sid, "joined_at": long_ago, "heard_at": long_ago })
}

#[tokio::test]
async fn a_room_that_is_known_to_be_full_lets_in_only_whoever_is_in_it_already() {
    let world = World::with_store(&[("LIVEKIT__MAX_PARTICIPANTS", "2")]).await;
    let cat = token(&world, "cat", "participant");
    occupy(&world, &json!({ "ann:default": person("PA_1") })).await;
    assert_eq!(world.join("standup", &cat).await.status, 201);
    occupy(&world, &json!({ "ann:default": person("PA_1"), "bob:default": person("PA_2") })).await;
    world.join("standup", &cat).await.is_problem(409, "room_full");
    let path = "/rooms/standup/join?dry_run=true";
    let explained = crate::world::send(world.request(reqwest::Method::POST, path, &cat)).await.json();
    assert_eq!(explained["allowed"], false);
    assert_eq!(explained["checks"][4], json!({ "check": "capacity", "passed": false, "code": "room_full" }));
    // Her own earlier connection makes room for this one.
    assert_eq!(world.join("standup", &token(&world, "ann", "participant")).await.status, 201);
    let mut recorder = person("PA_2");
    recorder["dependent"] = json!(true);
    occupy(&world, &json!({ "ann:default": person("PA_1"), "EG_1": recorder })).await;
    assert_eq!(world.join("standup", &cat).await.status, 201, "LiveKit does not count a recorder");
}

#[tokio::test]
async fn a_room_s_own_bound_counts_before_the_usual_one() {
    let source = [("MEMBERSHIP__SOURCES", "http"), ("MEMBERSHIP__HTTP__URL", "{membership}")];
    let world = World::with_store(&[&source[..], &[("LIVEKIT__MAX_PARTICIPANTS", "1")]].concat()).await;
    world.membership.answer("standup", "cat", json!({ "role": "viewer", "max_participants": 3 }));
    let cat = world.token("cat", &[]);
    occupy(&world, &json!({ "ann:default": person("PA_1"), "bob:default": person("PA_2") })).await;
    assert_eq!(world.join("standup", &cat).await.status, 201);
}
