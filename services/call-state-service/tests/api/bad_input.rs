//! Input that is wrong: the documented code each time, and nothing changed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn invite(change: &Value) -> Value {
    let mut body = json!({ "callees": ["bob"], "kind": "audio", "media": "livekit" });
    let changes = change.as_object().unwrap();
    body.as_object_mut().unwrap().extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
    body
}

#[tokio::test]
async fn invites_that_are_wrong_say_where() {
    let world = World::start().await;
    let token = world.token("ann");
    let before = world.state().await;
    let people = |count: usize| (0..count).map(|number| format!("user{number}")).collect::<Vec<_>>();
    for (change, fields) in [
        (json!({ "callees": ["ann"] }), vec!["callees"]),
        (json!({ "callees": ["bob", "ann"] }), vec!["callees"]),
        (json!({ "callees": ["bob", "bob"] }), vec!["callees"]),
        (json!({ "callees": [] }), vec!["callees"]),
        (json!({ "callees": people(50) }), vec!["callees"]),
        (json!({ "callees": ["bob", "eve"], "media": "p2p" }), vec!["callees"]),
        (json!({ "callees": ["b b"] }), vec!["callees[0]"]),
        (json!({ "callees": "bob" }), vec!["callees"]),
        (json!({ "kind": "smell" }), vec!["kind"]),
        (json!({ "media": "pigeon" }), vec!["media"]),
        (json!({ "ring_seconds": 0 }), vec!["ring_seconds"]),
        (json!({ "ring_seconds": 121 }), vec!["ring_seconds"]),
        (json!({ "ring_seconds": -1 }), vec!["ring_seconds"]),
        (json!({ "room_id": "call-7" }), vec!["room_id"]),
        (json!({ "key": "no base64url!" }), vec!["key"]),
        (json!({ "key": "k".repeat(129) }), vec!["key"]),
        (json!({ "colour": "red" }), vec!["colour"]),
        (json!({ "callees": ["ann"], "ring_seconds": 0 }), vec!["callees", "ring_seconds"]),
    ] {
        let answer = world.send(Method::POST, "/calls", &token, &invite(&change)).await;
        assert_eq!(answer.status, 400, "{change}: {}", answer.text);
        answer.blames(&fields);
    }
    for body in ["", "[]", "{", "null"] {
        let request =
            world.request(Method::POST, "/calls", &token).header("content-type", "application/json");
        let answer = Answer::of(request.body(body)).await;
        answer.is_problem(400, "malformed_json");
    }
    assert_eq!(world.state().await, before);
    let most = world.send(Method::POST, "/calls", &token, &invite(&json!({ "callees": people(49) }))).await;
    assert_eq!(most.status, 201, "{}", most.text);
}

#[tokio::test]
async fn bodies_of_commands_are_bounded_and_change_nothing_when_wrong() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    let before = world.state().await;
    let long = "r".repeat(64 * 1024);
    for (path, body, status, code) in [
        ("decline", json!({ "reason": long }), 413, "too_large"),
        ("decline", json!({ "reason": "r".repeat(201) }), 400, "invalid_field"),
        ("decline", json!({ "reason": 7 }), 400, "invalid_field"),
        ("accept", json!({ "key": "?" }), 400, "invalid_field"),
        ("accept", json!({ "device": "other" }), 400, "invalid_field"),
        ("hangup", json!({ "force": true }), 400, "invalid_field"),
        ("ringing", json!({ "key": "k".repeat(129) }), 400, "invalid_field"),
        ("media", json!({ "state": "sleeping" }), 400, "invalid_field"),
        ("media", json!({ "state": "connected", "cause": "device" }), 400, "invalid_field"),
        ("media", json!({}), 400, "invalid_field"),
        ("parties", json!({ "user_id": "e/e" }), 400, "invalid_field"),
    ] {
        let answer = world.send(Method::POST, &format!("/calls/{call}/{path}"), &bob.token, &body).await;
        answer.is_problem(status, code);
    }
    let device = world.request(Method::POST, &format!("/calls/{call}/accept"), &bob.token);
    Answer::of(device.header("x-device-id", "b b")).await.blames(&["X-Device-Id"]);
    assert_eq!(world.state().await, before);
    // Characters count, not bytes.
    let reason = json!({ "reason": "ü".repeat(200) });
    let answer = world.send(Method::POST, &format!("/calls/{call}/decline"), &bob.token, &reason).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn commands_in_the_wrong_phase_or_by_the_wrong_device_change_nothing() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "phone"));
    let call = ann.rings(&["bob"]).await.id;
    bob.accepts(call).await.unwrap();
    let before = world.state().await;
    let other = world.device("bob", "tablet");
    let send = async |device: &crate::world::Device, path: &str, body: Value| {
        let request = world.request(Method::POST, &format!("/calls/{call}/{path}"), &device.token);
        Answer::of(request.header("x-device-id", device.id.as_str()).json(&body)).await
    };
    for (device, path, body, code) in [
        (&ann, "accept", json!({}), "not_allowed_in_phase"),
        (&ann, "decline", json!({}), "not_allowed_in_phase"),
        (&ann, "cancel", json!({}), "not_allowed_in_phase"),
        (&bob, "cancel", json!({}), "not_allowed_in_phase"),
        (&bob, "decline", json!({}), "not_allowed_in_phase"),
        (&other, "accept", json!({}), "call_already_answered"),
        (&other, "media", json!({ "state": "connected" }), "not_this_device"),
        (&bob, "parties", json!({ "user_id": "ann" }), "already_in_call"),
    ] {
        let answer = send(device, path, body).await;
        answer.is_problem(409, code);
    }
    assert_eq!(world.state().await, before);
    ann.hangs_up(call).await.unwrap();
    let before = world.state().await;
    for path in ["accept", "decline", "cancel", "ringing", "parties"] {
        let body = if path == "parties" { json!({ "user_id": "eve" }) } else { json!({}) };
        let ended = send(&bob, path, body).await.is_problem(409, "call_ended");
        assert_eq!(ended["call"]["reason"], "completed", "{path}");
    }
    assert_eq!(world.state().await, before);
}
