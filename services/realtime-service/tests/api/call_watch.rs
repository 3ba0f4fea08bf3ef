//! Calls on LiveKit: what LiveKit says of their rooms, by webhook and by being asked.

use std::time::Duration;

use livekit_api::services::room::RoomClient;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{RoomGuest, eventually};

use crate::device::{Device, invite};
use crate::webhook_pipe::WebhookPipe;
use crate::world::World;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(40);

/// A world in which LiveKit is heard. It tells by webhook only of the coming of those who have media, so that rooms are compared
/// often as well.
async fn hearing(call_settings: &[(&str, &str)]) -> (World, WebhookPipe) {
    let pipe = WebhookPipe::open().await;
    let world = World::with_webhooks(&pipe, &[("RECONCILE__SECONDS", "1")], call_settings).await;
    (world, pipe)
}

fn livekit(world: &World) -> RoomClient {
    let livekit = &world.livekit;
    RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret)
}

/// The device in the room of the call.
pub(crate) async fn enters(device: &Device<'_>, call: &str) -> RoomGuest {
    let joined = device.joins(call).await;
    assert_eq!(joined.status, StatusCode::CREATED, "{}", joined.text);
    let joined = joined.json();
    let [url, token] =
        ["server_url", "participant_token"].map(|name| joined[name].as_str().unwrap().to_owned());
    RoomGuest::enter(&url, &token).await.unwrap()
}

/// Calls, is answered, and both are in the room.
async fn talk<'a>(ann: &Device<'a>, bob: &Device<'a>) -> (String, RoomGuest, RoomGuest) {
    let id = ann.calls(&[bob.user()], "livekit").await;
    bob.does(&id, "accept").await;
    let (of_ann, of_bob) = (enters(ann, &id).await, enters(bob, &id).await);
    have_media(ann, &id, &["connected", "connected"]).await;
    (id, of_ann, of_bob)
}

async fn have_media(device: &Device<'_>, call: &str, expected: &[&str]) {
    eventually("the media of the parties are as expected", BOUND, async || {
        let call = device.get(&format!("/calls/{call}")).await.json();
        let found = json!(
            call["parties"].as_array().unwrap().iter().map(|party| &party["media_state"]).collect::<Vec<_>>()
        );
        if found == json!(expected) { Ok(()) } else { Err(call) }
    })
    .await;
}

pub(crate) async fn ends(device: &Device<'_>, call: &str, reason: &str) -> Value {
    let ended = eventually("the call ends", BOUND, async || {
        let call = device.get(&format!("/calls/{call}")).await.json();
        if call["phase"] == "ended" { Ok(call) } else { Err(call) }
    })
    .await;
    assert_eq!(ended["reason"], reason, "{ended}");
    ended
}

#[tokio::test]
async fn a_room_that_is_deleted_in_livekit_ends_its_call() {
    let (world, _pipe) = hearing(&[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let (id, _of_ann, _of_bob) = talk(&ann, &bob).await;
    livekit(&world).delete_room(&format!("realtime/call-{id}")).await.unwrap();
    ends(&ann, &id, "room_ended").await;
}

#[tokio::test]
async fn the_last_one_to_leave_the_room_ends_the_call() {
    let (world, _pipe) = hearing(&[("CALLS__EMPTY_SECONDS", "1")]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let (id, of_ann, of_bob) = talk(&ann, &bob).await;
    drop(of_bob);
    have_media(&ann, &id, &["connected", "reconnecting"]).await;
    let of_bob = enters(&bob, &id).await;
    have_media(&ann, &id, &["connected", "connected"]).await;
    drop((of_ann, of_bob));
    ends(&bob, &id, "completed").await;
}

#[tokio::test]
async fn a_client_that_crashes_is_missed_and_one_that_waits_in_the_room_is_not() {
    let (world, _pipe) = hearing(&[("CALLS__LEASE_SECONDS", "2")]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let (id, _of_ann, of_bob) = talk(&ann, &bob).await;
    drop(of_bob);
    // Nothing is asked in Bob's name, which would be a sign of life.
    let ended = ends(&ann, &id, "connection_lost").await;
    let states: Vec<_> = ended["parties"].as_array().unwrap().iter().map(|party| &party["state"]).collect();
    assert_eq!(states, ["accepted", "left"], "{ended}");
}

#[tokio::test]
async fn whoever_leaves_a_call_and_stays_in_its_room_is_sent_out() {
    let (world, _pipe) = hearing(&[]).await;
    let [ann, bob, carol] = ["ann", "bob", "carol"].map(|user| Device::of(&world, user));
    let made = ann.post_with("/calls", &invite(&["bob", "carol"], "livekit")).await.json();
    let id = made["call"]["id"].as_str().unwrap().to_owned();
    bob.does(&id, "accept").await;
    carol.does(&id, "accept").await;
    let mut of_carol = enters(&carol, &id).await;
    let _of_ann = enters(&ann, &id).await;
    carol.does(&id, "hangup").await;
    // LiveKit is asked because of somebody who comes.
    let _of_bob = enters(&bob, &id).await;
    of_carol.sent_out(BOUND).await;
}
