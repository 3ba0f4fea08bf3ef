//! What no webhook told is found by asking LiveKit. Nobody sends webhooks here.

use std::time::Duration;

use livekit_api::services::room::RoomClient;
use serde_json::{Value, json};
use signal_protocol::Tenant;
use store::{Commit, Key, Read, Store, StoreSettings, Write};
use testkit::{RoomGuest, eventually};

use crate::call_watch::{ends, enters};
use crate::device::Device;
use crate::world::World;

/// How long anything may take before the test fails. The period is one second, and LiveKit takes its time to miss somebody.
const BOUND: Duration = Duration::from_secs(40);

/// Each room is compared every second.
const OFTEN: (&str, &str) = ("RECONCILE__SECONDS", "1");

/// What the service keeps, as it sees it.
struct Kept {
    store: Store,
    tenant: Tenant,
}

impl Kept {
    fn of(world: &World) -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        let settings: StoreSettings = serde_json::from_value(json!({ "url": world.redis().url })).unwrap();
        Self { store: Store::start(&settings, std::slice::from_ref(&tenant)).unwrap(), tenant }
    }

    async fn read(&self, key: &Key) -> Value {
        let read = self.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
        read.parse::<Value>(key).unwrap().unwrap_or_default()
    }

    async fn put(&self, key: Key, record: &Value) {
        let write = Write::Put { key, data: record.to_string().into_bytes(), refs: Vec::new(), ttl: None };
        self.store.commit(&self.tenant, Commit { writes: vec![write], ..Commit::default() }).await.unwrap();
    }

    /// Waits until the record of the room names these and nobody else.
    async fn has(&self, room: &str, people: &[&str]) -> Value {
        eventually("the record says who is there", BOUND, async || {
            let record = self.read(&Key::new("occupancy", room)).await;
            let found = record["people"].as_object().map(|people| people.keys().cloned().collect::<Vec<_>>());
            if found.unwrap_or_default() == people { Ok(record) } else { Err(record) }
        })
        .await
    }

    /// Waits until there is no such room. LiveKit may be asked just before who has the room and just after who is in it, so that it
    /// is empty first.
    async fn is_over(&self, room: &str) {
        eventually("the record says that the room is over", BOUND, async || {
            let record = self.read(&Key::new("occupancy", room)).await;
            let people = record["people"].as_object().is_none_or(serde_json::Map::is_empty);
            if people && record["sid"] == Value::Null { Ok(()) } else { Err(record) }
        })
        .await;
    }
}

fn livekit(world: &World) -> RoomClient {
    let livekit = &world.livekit;
    RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret)
}

/// Somebody in a room of the application.
async fn goes_in(world: &World, user: &str, room: &str) -> RoomGuest {
    let joined = world.join(room, &world.token(user, &[&format!("/rooms/{room}")])).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let joined = joined.json();
    let [url, token] =
        ["server_url", "participant_token"].map(|name| joined[name].as_str().unwrap().to_owned());
    RoomGuest::enter(&url, &token).await.unwrap()
}

#[tokio::test]
async fn who_comes_and_goes_unheard_is_found_and_so_is_a_room_that_is_over() {
    let world = World::with_store(&[OFTEN]).await;
    let kept = Kept::of(&world);
    let ann = goes_in(&world, "ann", "standup").await;
    let bob = goes_in(&world, "bob", "standup").await;
    let (of_ann, of_bob) = (ann.identity.clone(), bob.identity.clone());
    let record = kept.has("standup", &[&of_ann, &of_bob]).await;
    assert!(record["sid"].is_string(), "{record}");
    let whereabouts = kept.read(&Key::new("whereabouts", "ann")).await;
    assert!(whereabouts["rooms"]["standup"].is_object(), "{whereabouts}");
    drop(ann);
    kept.has("standup", &[&of_bob]).await;
    livekit(&world).delete_room("realtime/standup").await.unwrap();
    kept.is_over("standup").await;
    let metrics = world.manage("/metrics").await.text;
    assert!(metrics.contains(r#"reconcile_drift_total{kind="arrival"} 2"#), "{metrics}");
}

#[tokio::test]
async fn a_record_that_nobody_can_read_is_made_anew_and_whereabouts_are_renewed_in_time() {
    let world = World::with_store(&[OFTEN]).await;
    let kept = Kept::of(&world);
    let ann = goes_in(&world, "ann", "standup").await;
    kept.has("standup", &[&ann.identity]).await;
    kept.put(Key::new("occupancy", "standup"), &json!("garbage")).await;
    kept.put(Key::new("whereabouts", "ann"), &json!({ "schema": 1, "rooms": "garbage" })).await;
    eventually("both are made anew", BOUND, async || {
        let counted = world.figure("occupancy_made_anew_total").await;
        if counted >= 2.0 { Ok(()) } else { Err(counted.to_string()) }
    })
    .await;
    kept.has("standup", &[&ann.identity]).await;
    let key = Key::new("whereabouts", "ann");
    let now = kept.store.read(&kept.tenant, Read::new()).await.unwrap().now;
    let mut fading = kept.read(&key).await;
    assert!(fading["rooms"]["standup"].is_object(), "{fading}");
    fading["kept_until"] = (now + clock::Duration::days(3)).to_rfc3339().into();
    kept.put(key.clone(), &fading).await;
    eventually("it is kept for a week again", BOUND, async || {
        let record = kept.read(&key).await;
        if chrono_of(&record["kept_until"]) > now + clock::Duration::days(6) { Ok(()) } else { Err(record) }
    })
    .await;
    assert!(ann.is_in());
}

#[tokio::test]
async fn a_livekit_that_was_started_again_has_nobody_and_that_is_so_within_a_turn() {
    let mut world = World::with_store(&[OFTEN]).await;
    let kept = Kept::of(&world);
    let ann = goes_in(&world, "ann", "standup").await;
    kept.has("standup", &[&ann.identity]).await;
    world.livekit.start_again().await.unwrap();
    kept.is_over("standup").await;
}

#[tokio::test]
async fn a_room_that_a_dead_replica_had_in_its_hand_is_the_next_ones() {
    let world = World::with_store(&[OFTEN]).await;
    let kept = Kept::of(&world);
    let key = Key::new("occupancy", "standup");
    let now = kept.store.read(&kept.tenant, Read::new()).await.unwrap().now;
    let claimed_until = (now + clock::Duration::seconds(4)).to_rfc3339();
    kept.put(key.clone(), &json!({ "schema": 1, "claimed_until": claimed_until })).await;
    let ann = goes_in(&world, "ann", "standup").await;
    let record = kept.has("standup", &[&ann.identity]).await;
    let found = chrono_of(&record["reconciled_at"]);
    assert!(found >= now + clock::Duration::seconds(4), "it was somebody's until then: {record}");
}

fn chrono_of(value: &Value) -> clock::DateTime<clock::Utc> {
    serde_json::from_value(value.clone()).unwrap()
}

#[tokio::test]
async fn what_ended_while_nobody_remembered_it_is_found_by_going_through_the_records() {
    let world = World::with_store(&[("RECONCILE__SECONDS", "30")]).await;
    let kept = Kept::of(&world);
    let ghost = json!({
        "schema": 1, "sid": "RM_gone", "started_at": "2026-01-01T00:00:00.000Z",
        "people": { "ann:phone": {
            "sid": "PA_gone", "joined_at": "2026-01-01T00:00:01.000Z", "heard_at": "2026-01-01T00:00:01.000Z",
        } },
    });
    kept.put(Key::new("occupancy", "lost"), &ghost).await;
    // A replica that is started knows of nothing.
    let _second = world.replica(&[OFTEN]).await;
    kept.is_over("lost").await;
}

#[tokio::test]
async fn somebody_who_is_barred_and_there_all_the_same_is_sent_out() {
    let world = World::with_store(&[OFTEN]).await;
    let kept = Kept::of(&world);
    let mut ann = goes_in(&world, "ann", "standup").await;
    let bob = goes_in(&world, "bob", "standup").await;
    let now = kept.store.read(&kept.tenant, Read::new()).await.unwrap().now;
    let denial = json!({ "schema": 1, "kind": "banned", "by": "mod", "since": now.to_rfc3339() });
    kept.put(Key::new("denial", "standup/ann"), &denial).await;
    ann.sent_out(BOUND).await;
    kept.has("standup", &[&bob.identity]).await;
    assert!(bob.is_in());
}

#[tokio::test]
async fn somebody_whose_login_was_ended_and_who_is_there_all_the_same_is_sent_out() {
    let world = World::with_store(&[OFTEN]).await;
    let kept = Kept::of(&world);
    let mut ann = goes_in(&world, "ann", "standup").await;
    let bob = goes_in(&world, "bob", "standup").await;
    let now = kept.store.read(&kept.tenant, Read::new()).await.unwrap().now;
    let ended = json!({ "schema": 1, "at": now.to_rfc3339() });
    kept.put(Key::new("signed-out", "ann"), &ended).await;
    ann.sent_out(BOUND).await;
    kept.has("standup", &[&bob.identity]).await;
    assert!(bob.is_in());
}

#[tokio::test]
async fn a_call_is_told_who_is_in_its_room_though_no_webhook_comes() {
    let world = World::with_calls(&[OFTEN], &[("CALLS__EMPTY_SECONDS", "1")]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "livekit").await;
    bob.does(&id, "accept").await;
    let in_room = (enters(&ann, &id).await, enters(&bob, &id).await);
    eventually("both are connected", BOUND, async || {
        let call = ann.get(&format!("/calls/{id}")).await.json();
        let connected =
            call["parties"].as_array().unwrap().iter().all(|party| party["media_state"] == "connected");
        if connected { Ok(()) } else { Err(call) }
    })
    .await;
    drop(in_room);
    ends(&ann, &id, "completed").await;
}

#[tokio::test]
async fn a_call_survives_livekit_being_started_again_and_its_room_is_opened_anew() {
    let mut world = World::with_calls(&[OFTEN], &[("CALLS__EMPTY_SECONDS", "60")]).await;
    let id = {
        let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
        let id = ann.calls(&["bob"], "livekit").await;
        bob.does(&id, "accept").await;
        let _in_room = (enters(&ann, &id).await, enters(&bob, &id).await);
        Kept::of(&world).has(&format!("call-{id}"), &["ann:phone", "bob:phone"]).await;
        id
    };
    world.livekit.start_again().await.unwrap();
    let name = format!("realtime/call-{id}");
    eventually("the room is there again", BOUND, async || {
        let rooms =
            livekit(&world).list_rooms(vec![name.clone()]).await.map_err(|error| error.to_string())?;
        if rooms.is_empty() { Err("no room".to_owned()) } else { Ok(()) }
    })
    .await;
    let ann = Device::of(&world, "ann");
    assert_eq!(ann.get(&format!("/calls/{id}")).await.json()["phase"], "active");
    assert_eq!(ann.live_calls().await, [id]);
}
