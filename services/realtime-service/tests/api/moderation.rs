//! Moderating a room that people are in: real participants, without media, in a real LiveKit.

mod bans;
mod calls;
mod capacity;
mod kicks;
mod outages;
mod roles;
mod whole_rooms;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{RoomGuest, eventually};

use crate::world::{Answer, World, send};

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

/// LiveKit's word for a participant who was removed, `DisconnectReason.PARTICIPANT_REMOVED`.
const REMOVED: Option<i32> = Some(4);

/// A token of somebody with this role in the room `standup`.
fn token(world: &World, user: &str, role: &str) -> String {
    world.token(user, &[&format!("/rooms/standup/{role}")])
}

/// A token of an administrator who belongs to no room.
fn administrator(world: &World) -> String {
    let mut claims = world.claims("root", &[]);
    claims["realm_access"] = json!({ "roles": ["realtime-admin"] });
    world.issuer.sign(&claims)
}

/// Joins `standup` with a device, and takes LiveKit's token out of the answer.
async fn joins(world: &World, token: &str, device: &str) -> String {
    let request = world.request(Method::POST, "/rooms/standup/join", token).header("X-Device-Id", device);
    let answer = send(request).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["participant_token"].as_str().unwrap().to_owned()
}

/// Goes into `standup` with a device, and is listed there.
async fn enters(world: &World, token: &str, device: &str) -> RoomGuest {
    let pass = joins(world, token, device).await;
    RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap()
}

/// The identities of those who are in `standup`, as a moderator sees them.
async fn there(world: &World) -> Vec<String> {
    let answer = world.get("/rooms/standup/participants", &token(world, "mona", "moderator")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    body["items"].as_array().unwrap().iter().map(|one| one["identity"].as_str().unwrap().to_owned()).collect()
}

/// Waits until LiveKit lists exactly these in `standup`.
async fn are_there(world: &World, wanted: &[&str]) {
    eventually("the right people are in the room", BOUND, async || {
        let there = there(world).await;
        if there == wanted { Ok(()) } else { Err(format!("{there:?}")) }
    })
    .await;
}

/// Sends an act about `standup`.
async fn act(world: &World, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = world.request(method, &format!("/rooms/standup/{path}"), token);
    send(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

async fn kick(world: &World, token: &str, identity: &str) -> Answer {
    act(world, token, Method::DELETE, &format!("participants/{identity}"), None).await
}

async fn ban(world: &World, token: &str, user: &str, body: &Value) -> Answer {
    act(world, token, Method::PUT, &format!("bans/{user}"), Some(body)).await
}

async fn unban(world: &World, token: &str, user: &str) -> Answer {
    act(world, token, Method::DELETE, &format!("bans/{user}"), None).await
}
