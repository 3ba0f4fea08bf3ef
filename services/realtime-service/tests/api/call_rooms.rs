//! The room of a call: who gets in, and what becomes of it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use livekit_api::services::room::RoomClient;
use serde_json::{Value, json};
use store::{Commit, Key, Write};
use testkit::eventually;

use crate::device::{Device, invite};
use crate::world::{Answer, World};

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

/// What LiveKit reads in the token of an answer.
fn grants(answer: &Answer) -> Value {
    let token = answer.json()["participant_token"].as_str().unwrap().to_owned();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["video"].clone()
}

async fn rooms(world: &World) -> Vec<String> {
    let livekit = &world.livekit;
    let client = RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret);
    client.list_rooms(Vec::new()).await.unwrap().into_iter().map(|room| room.name).collect()
}

#[tokio::test]
async fn a_call_is_joined_by_those_who_are_in_it_and_by_nobody_else() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob, eve) = (Device::of(&world, "ann"), Device::of(&world, "bob"), Device::of(&world, "eve"));
    let id = ann.calls(&["bob"], "livekit").await;
    let joined = ann.joins(&id).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    assert_eq!(
        (&joined.json()["role"], &joined.json()["room_name"]),
        (&json!("participant"), &json!(format!("call-{id}")))
    );
    assert_eq!(
        grants(&joined),
        json!({
            "roomJoin": true, "room": format!("realtime/call-{id}"), "canPublish": true, "canPublishData": true,
            "canPublishSources": ["microphone"], "canSubscribe": true, "canUpdateOwnMetadata": false,
        })
    );
    bob.joins(&id).await.is_problem(409, "not_allowed_in_phase");
    eve.joins(&id).await.is_problem(404, "room_not_found");
    bob.does(&id, "accept").await;
    assert_eq!(bob.joins(&id).await.status, 201);
    ann.does(&id, "hangup").await;
    for device in [&ann, &bob] {
        let ended = device.joins(&id).await.is_problem(409, "call_ended");
        assert_eq!((&ended["call"]["id"], &ended["call"]["reason"]), (&json!(id), &json!("completed")));
    }
    eve.joins(&id).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn a_video_call_is_joined_with_a_camera() {
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    let mut body = invite(&["bob"], "livekit");
    body["kind"] = json!("video");
    let call = ann.post_with("/calls", &body).await.json();
    let joined = ann.joins(call["call"]["id"].as_str().unwrap()).await;
    assert_eq!(grants(&joined)["canPublishSources"], json!(["camera", "microphone"]));
}

#[tokio::test]
async fn what_is_no_call_over_livekit_has_no_room() {
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    let p2p = ann.calls(&["bob"], "p2p").await;
    for id in
        [p2p.as_str(), "7", "0198c5a0-7c3e-7d5a-8f00-0123456789ab", "0198C5A0-7C3E-7D5A-8F00-0123456789AB"]
    {
        ann.joins(id).await.is_problem(404, "room_not_found");
    }
    // A group that is named like the room of a call opens nothing.
    let sly = Device::new(&world, "sly", "phone", &[&format!("/rooms/call-{p2p}/moderator")]);
    sly.joins(&p2p).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn an_administrator_is_no_party() {
    let world = World::with_calls(&[], &[]).await;
    let id = Device::of(&world, "ann").calls(&["bob"], "livekit").await;
    let mut claims = world.claims("root", &[]);
    claims["resource_access"] = json!({ "realtime": { "roles": ["realtime-admin"] } });
    let root = world.issuer.sign(&claims);
    world.join(&format!("call-{id}"), &root).await.is_problem(404, "room_not_found");
    world.get(&format!("/rooms/call-{id}"), &root).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn looking_at_the_room_of_a_call_is_as_joining_it() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "livekit").await;
    let (room, dry_run) = (format!("/rooms/call-{id}"), format!("/rooms/call-{id}/join?dry_run=true"));
    let seen = json!({ "room_id": format!("call-{id}"), "role": "participant", "live": false });
    assert_eq!(ann.get(&room).await.json(), seen);
    assert_eq!(ann.post(&dry_run).await.json()["allowed"], true);
    assert!(rooms(&world).await.is_empty(), "neither makes a room");
    bob.get(&room).await.is_problem(409, "not_allowed_in_phase");
    let refused = bob.post(&dry_run).await.json();
    assert_eq!(refused["allowed"], false);
    let checks = refused["checks"].as_array().unwrap();
    assert_eq!(
        checks[5],
        json!({ "check": "call", "passed": false, "code": "not_allowed_in_phase" }),
        "{refused}"
    );
    assert_eq!(checks[6], json!({ "check": "sfu", "passed": true }), "{refused}");
    ann.does(&id, "cancel").await;
    ann.get(&room).await.is_problem(409, "call_ended");
    assert_eq!(ann.post(&dry_run).await.json()["checks"][5]["code"], "call_ended");
    Device::of(&world, "eve").post(&dry_run).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn the_room_of_a_call_is_closed_at_its_end_and_does_not_come_back() {
    let world = World::with_calls(
        &[
            ("LIMITS__INVITES_PER_MINUTE", "100"),
            ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "100"),
            ("LIMITS__JOINS_PER_MINUTE", "100"),
            ("LIMITS__JOINS_BURST", "100"),
        ],
        &[],
    )
    .await;
    let ann = Device::of(&world, "ann");
    let id = ann.calls(&["bob"], "livekit").await;
    assert_eq!(ann.joins(&id).await.status, 201);
    assert_eq!(rooms(&world).await, [format!("realtime/call-{id}")]);
    ann.does(&id, "cancel").await;
    eventually("the room is closed", BOUND, async || rooms(&world).await.is_empty()).await;
    // Somebody joins at the moment at which it ends.
    for _ in 0..10 {
        let id = ann.calls(&["bob"], "livekit").await;
        let (joined, _) = tokio::join!(ann.joins(&id), ann.does(&id, "hangup"));
        assert!(matches!(joined.status.as_u16(), 201 | 409), "{}", joined.text);
        ann.joins(&id).await.is_problem(409, "call_ended");
    }
    eventually("every room is closed", BOUND, async || rooms(&world).await.is_empty()).await;
    let done = "sfu_effects_total{task=\"close\",outcome=\"done\"}";
    eventually("every end was carried out", BOUND, async || world.figure(done).await >= 11.0).await;
    assert!(rooms(&world).await.is_empty());
}

#[tokio::test]
async fn a_room_is_closed_once_livekit_is_back() {
    let mut world = World::with_calls(&[], &[]).await;
    let id = Device::of(&world, "ann").calls(&["bob"], "livekit").await;
    world.livekit.stop().await;
    Device::of(&world, "ann").does(&id, "cancel").await;
    let put_off = "sfu_effects_total{task=\"close\",outcome=\"put_off\"}";
    eventually("closing is put off", BOUND, async || world.figure(put_off).await >= 1.0).await;
    world.livekit.start_again().await.unwrap();
    let done = "sfu_effects_total{task=\"close\",outcome=\"done\"}";
    eventually("it is done after all", BOUND, async || world.figure(done).await >= 1.0).await;
}

#[tokio::test]
async fn what_cannot_be_read_holds_nothing_up() {
    let mut world = World::with_calls(&[], &[]).await;
    let (store, tenant) = world.call_state().store();
    let garbage =
        Write::Enqueue { queue: Key::new("outbox", "sfu"), entry: b"{\"what\":\"paint\"}".to_vec() };
    eventually("the store takes it", BOUND, async || {
        let writes = vec![garbage.clone(), garbage.clone()];
        store.commit(&tenant, Commit { writes, ..Commit::default() }).await
    })
    .await;
    let ann = Device::of(&world, "ann");
    let id = ann.calls(&["bob"], "livekit").await;
    assert_eq!(ann.joins(&id).await.status, 201);
    ann.does(&id, "cancel").await;
    eventually("the room is closed", BOUND, async || rooms(&world).await.is_empty()).await;
    let event = "sfu.effect_unreadable";
    eventually(event, BOUND, async || world.service.output().contains(event)).await;
}

#[tokio::test]
async fn a_call_that_nobody_comes_to_ends_once_livekit_was_asked() {
    let mut world = World::with_calls(
        &[],
        &[("CALLS__CONNECT_SECONDS", "1"), ("CALLS__RECHECK_SECONDS", "1"), ("CALLS__LEASE_SECONDS", "60")],
    )
    .await;
    world.livekit.stop().await;
    let id = Device::of(&world, "ann").calls(&["bob"], "livekit").await;
    Device::of(&world, "bob").does(&id, "accept").await;
    let put_off = "sfu_effects_total{task=\"check\",outcome=\"put_off\"}";
    eventually("LiveKit was asked in vain", BOUND, async || world.figure(put_off).await >= 1.0).await;
    let path = format!("/calls/{id}");
    assert_eq!(
        Device::of(&world, "ann").get(&path).await.json()["phase"],
        "active",
        "nobody knows who is there"
    );
    world.livekit.start_again().await.unwrap();
    let ann = Device::of(&world, "ann");
    let call = eventually("the call ends", BOUND, async || {
        let call = ann.get(&path).await.json();
        (call["phase"] == "ended").then_some(call)
    })
    .await;
    assert_eq!(call["reason"], "connection_timeout", "{call}");
}
