//! Moderation beside calls: what people are told, and the rooms of calls.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::RoomGuest;

use super::{BOUND, REMOVED, administrator, ban, kick, token};
use crate::device::Device;
use crate::world::{Answer, World, send};

/// Sends an act about the room of a call.
async fn act(world: &World, token: &str, method: Method, call: &str, path: &str) -> Answer {
    send(world.request(method, &format!("/rooms/call-{call}/{path}"), token)).await
}

async fn goes_in(world: &World, device: &Device<'_>, call: &str) -> RoomGuest {
    let pass = device.joins(call).await.json()["participant_token"].as_str().unwrap().to_owned();
    RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap()
}

#[tokio::test]
async fn whoever_is_sent_out_is_told_once_why() {
    let world = World::with_calls(&[], &[]).await;
    let mona = token(&world, "mona", "moderator");
    let ann = Device::new(&world, "ann", "phone", &["/rooms/standup"]);
    let start = ann.get("/events").await.json();
    let _guest = super::enters(&world, &token(&world, "ann", "participant"), "laptop").await;
    assert_eq!(kick(&world, &mona, "ann:laptop").await.status, 204);
    for _ in 0..2 {
        assert_eq!(ban(&world, &mona, "ann", &json!({})).await.status, 204);
    }
    let told = ann.get(&format!("/events?after={}", start["cursor"].as_str().unwrap())).await.json();
    let reasons: Vec<_> = told["events"].as_array().unwrap().iter().map(|event| &event["reason"]).collect();
    assert_eq!(reasons, ["kicked", "banned"], "{told}");
    let about = |event: &Value| (event["type"].clone(), event["room_id"].clone());
    assert_eq!(about(&told["events"][0]), (json!("room.removed"), json!("standup")));
}

#[tokio::test]
async fn an_administrator_takes_somebody_out_of_a_call_with_its_room() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob, eve) = (Device::of(&world, "ann"), Device::of(&world, "bob"), Device::of(&world, "eve"));
    let root = administrator(&world);
    let id = ann.calls(&["bob", "eve"], "livekit").await;
    for party in [&bob, &eve] {
        party.does(&id, "accept").await;
    }
    let (caller, mut guest) = (goes_in(&world, &ann, &id).await, goes_in(&world, &bob, &id).await);
    let parties = token(&world, "bob", "moderator");
    let path = "participants/bob:phone";
    act(&world, &parties, Method::DELETE, &id, path).await.is_problem(403, "role_required");
    let stranger = token(&world, "dan", "moderator");
    act(&world, &stranger, Method::DELETE, &id, path).await.is_problem(404, "room_not_found");
    let kicked = act(&world, &root, Method::DELETE, &id, path).await;
    assert_eq!(kicked.status, 204, "{}", kicked.text);
    assert_eq!(guest.sent_out(BOUND).await.reason, REMOVED);
    assert!(caller.is_in());
    let call = ann.get(&format!("/calls/{id}")).await.json();
    let states: Vec<_> = call["parties"].as_array().unwrap().iter().map(|party| &party["state"]).collect();
    assert_eq!(call["phase"], "active", "{call}");
    assert_eq!(states, ["accepted", "left", "accepted"], "{call}");
    assert!(!bob.joins(&id).await.status.is_success());
}

#[tokio::test]
async fn an_administrator_ends_a_call_with_its_room() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "livekit").await;
    bob.does(&id, "accept").await;
    let mut guest = goes_in(&world, &ann, &id).await;
    let party = token(&world, "bob", "moderator");
    act(&world, &party, Method::POST, &id, "end").await.is_problem(403, "role_required");
    for _ in 0..2 {
        let ended = act(&world, &administrator(&world), Method::POST, &id, "end").await;
        assert_eq!(ended.status, 204, "{}", ended.text);
    }
    guest.sent_out(BOUND).await;
    let call = ann.get(&format!("/calls/{id}")).await.json();
    assert_eq!((&call["phase"], &call["reason"]), (&json!("ended"), &json!("room_ended")), "{call}");
}
