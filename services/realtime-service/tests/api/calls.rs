//! Calls through the public API: what is passed on, and what is decided here.

use serde_json::{Value, json};
use testkit::eventually;

use crate::device::{Device, invite};
use crate::socket::BOUND;
use crate::world::World;

#[tokio::test]
async fn a_call_is_made_answered_and_hung_up_and_both_remember_it() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let made = ann.post_with("/calls", &invite(&["bob"], "p2p")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (answer, call) = (made.json(), made.json()["call"].clone());
    assert_eq!(
        (&call["phase"], &call["caller"], &answer["reachable"]),
        (&json!("ringing"), &json!("ann"), &json!(false))
    );
    let id = call["id"].as_str().unwrap();
    assert_eq!(bob.live_calls().await, [id]);
    assert_eq!(bob.command(id, "ringing").await.status, 204);
    assert_eq!(ann.get(&format!("/calls/{id}")).await.json()["parties"][1]["state"], "ringing");
    let accepted = bob.post_with(&format!("/calls/{id}/accept"), &json!({ "key": "abc" })).await.json();
    assert_eq!(
        (&accepted["call"]["phase"], &accepted["call"]["parties"][1]["key"]),
        (&json!("active"), &json!("abc"))
    );
    let media = json!({ "state": "connected" });
    assert_eq!(bob.post_with(&format!("/calls/{id}/media"), &media).await.status, 204);
    assert_eq!(ann.does(id, "hangup").await["reason"], "completed");
    for device in [&ann, &bob] {
        assert!(device.live_calls().await.is_empty());
        let history = device.get("/calls/history").await.json();
        assert_eq!((&history["items"][0]["id"], &history["items"][0]["missed"]), (&json!(id), &json!(false)));
    }
}

#[tokio::test]
async fn a_call_may_be_declined_cancelled_and_grow() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob, eve) = (Device::of(&world, "ann"), Device::of(&world, "bob"), Device::of(&world, "eve"));
    let id = ann.calls(&["bob"], "livekit").await;
    let reason = json!({ "reason": "in a meeting" });
    let declined = bob.post_with(&format!("/calls/{id}/decline"), &reason).await.json();
    assert_eq!(declined["call"]["reason"], "rejected");
    let id = ann.calls(&["bob"], "livekit").await;
    assert_eq!(ann.does(&id, "cancel").await["reason"], "cancelled");
    let id = ann.calls(&["bob"], "livekit").await;
    bob.does(&id, "accept").await;
    let added = bob.post_with(&format!("/calls/{id}/parties"), &json!({ "user_id": "eve" })).await;
    assert_eq!(added.status, 201, "{}", added.text);
    assert_eq!(added.json()["call"]["parties"].as_array().map(Vec::len), Some(3));
    assert_eq!(eve.live_calls().await, [id.as_str()]);
}

#[tokio::test]
async fn what_the_rules_refuse_is_told_as_they_told_it() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob, eve) = (Device::of(&world, "ann"), Device::of(&world, "bob"), Device::of(&world, "eve"));
    let id = ann.calls(&["bob"], "p2p").await;
    let busy = ann.post_with("/calls", &invite(&["eve"], "p2p")).await.is_problem(409, "already_in_call");
    assert_eq!(busy["call_id"], id.as_str());
    ann.command(&id, "accept").await.is_problem(409, "not_allowed_in_phase");
    ann.post_with(&format!("/calls/{id}/parties"), &json!({ "user_id": "eve" }))
        .await
        .is_problem(409, "wrong_media");
    eve.command(&id, "accept").await.is_problem(404, "call_not_found");
    bob.does(&id, "accept").await;
    Device::new(&world, "bob", "laptop", &[])
        .command(&id, "accept")
        .await
        .is_problem(409, "call_already_answered");
    bob.does(&id, "hangup").await;
    let ended = bob.command(&id, "accept").await.is_problem(409, "call_ended");
    assert_eq!((&ended["call"]["id"], &ended["call"]["reason"]), (&json!(id), &json!("completed")));
    for bad in
        [json!({ "ring_seconds": 1 }), json!({ "callees": ["ann"] }), json!({ "callees": ["eve", "eve"] })]
    {
        let mut body = invite(&["eve"], "p2p");
        body.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        ann.post_with("/calls", &body).await.is_problem(400, "invalid_field");
    }
    assert!(eve.live_calls().await.is_empty());
}

#[tokio::test]
async fn what_is_ill_formed_is_refused_here() {
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    for id in ["x", "0198C5A0-7C3E-7D5A-8F00-0123456789AB", "6fa459ea-ee8a-4ca4-894e-db77e160355e"] {
        ann.get(&format!("/calls/{id}")).await.is_problem(404, "call_not_found");
        ann.command(id, "accept").await.is_problem(404, "call_not_found");
    }
    let with = |name: &str, value: Value| {
        let mut body = invite(&["bob"], "p2p");
        body[name] = value;
        body
    };
    ann.post_with("/calls", &with("callees", json!([]))).await.blames(&["callees"]);
    let crowd: Vec<_> = (0..50).map(|number| format!("user-{number}")).collect();
    ann.post_with("/calls", &with("callees", json!(crowd))).await.blames(&["callees"]);
    ann.post_with("/calls", &with("callees", json!(["a/b"]))).await.blames(&["callees[0]"]);
    ann.post_with("/calls", &with("room_id", json!("call-7"))).await.blames(&["room_id"]);
    ann.post_with("/calls", &with("kind", json!("smell"))).await.blames(&["kind"]);
    ann.post_with("/calls", &with("surprise", json!(1))).await.blames(&["surprise"]);
    ann.post_once("short", "/calls", &invite(&["bob"], "p2p")).await.blames(&["Idempotency-Key"]);
    Device::new(&world, "ann", "my phone", &[]).get("/calls").await.blames(&["X-Device-Id"]);
    ann.get("/calls/history?limit=101").await.blames(&["limit"]);
    ann.put("/blocks/..%2f", None).await.blames(&["user_id"]);
    ann.put("/blocks/a%20b", None).await.blames(&["user_id"]);
}

#[tokio::test]
async fn a_key_makes_a_repeat_harmless_and_is_good_for_one_request() {
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    let body = invite(&["bob"], "p2p");
    let first = ann.post_once("a-key-of-ann", "/calls", &body).await;
    let again = ann.post_once("a-key-of-ann", "/calls", &body).await;
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    assert_eq!(ann.live_calls().await.len(), 1);
    let other = invite(&["eve"], "p2p");
    ann.post_once("a-key-of-ann", "/calls", &other).await.is_problem(409, "request_id_reused");
    // Without a key each request is one of its own.
    ann.post_with("/calls", &body).await.is_problem(409, "already_in_call");
}

#[tokio::test]
async fn people_choose_from_whom_and_when_they_hear() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    assert_eq!(bob.put("/blocks/ann", None).await.status, 204);
    assert_eq!(bob.get("/blocks").await.json()["items"][0]["user_id"], "ann");
    let id = ann.calls(&["bob"], "p2p").await;
    assert!(bob.live_calls().await.is_empty(), "it rings nowhere");
    ann.does(&id, "cancel").await;
    assert_eq!(bob.delete("/blocks/ann").await.status, 204);
    assert_eq!(bob.get("/blocks").await.json(), json!({ "items": [] }));
    let wish = json!({ "do_not_disturb": true });
    assert_eq!(bob.put("/availability", Some(&wish)).await.json(), wish);
    assert_eq!(bob.get("/availability").await.json(), wish);
    let busy = ann.post_with("/calls", &invite(&["bob"], "p2p")).await.json();
    assert_eq!(busy["call"]["reason"], "busy", "{busy}");
}

#[tokio::test]
async fn invites_and_commands_are_limited() {
    let world = World::with_calls(
        &[
            ("LIMITS__INVITES_PER_MINUTE", "5"),
            ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "2"),
            ("LIMITS__COMMANDS_PER_SECOND", "1"),
            ("LIMITS__COMMANDS_BURST", "2"),
        ],
        &[],
    )
    .await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "livekit").await;
    ann.post_with("/calls", &invite(&["bob"], "p2p")).await.is_problem(409, "already_in_call");
    ann.post_with("/calls", &invite(&["bob"], "p2p")).await.is_problem(429, "rate_limited");
    ann.post_with("/calls", &invite(&["eve"], "p2p")).await.is_problem(409, "already_in_call");
    // Adding somebody rings them as well.
    let eve = json!({ "user_id": "eve" });
    assert_eq!(ann.post_with(&format!("/calls/{id}/parties"), &eve).await.status, 201);
    ann.post_with("/calls", &invite(&["dan"], "p2p")).await.is_problem(429, "rate_limited");
    for _ in 0..2 {
        assert_eq!(bob.command(&id, "ringing").await.status, 204);
    }
    bob.command(&id, "ringing").await.is_problem(429, "rate_limited");
    assert_eq!(ann.does(&id, "hangup").await["phase"], "ended", "others are not held up");
}

#[tokio::test]
async fn without_call_state_service_calls_are_unavailable_and_rooms_are_not() {
    let mut world = World::with_calls(&[], &[]).await;
    let id = Device::of(&world, "ann").calls(&["bob"], "livekit").await;
    world.call_state().stop().await;
    let ann = Device::new(&world, "ann", "phone", &["/rooms/standup"]);
    ann.get("/calls").await.is_problem(503, "call_state_unavailable");
    ann.command(&id, "cancel").await.is_problem(503, "call_state_unavailable");
    ann.joins(&id).await.is_problem(503, "call_state_unavailable");
    assert_eq!(ann.post("/rooms/standup/join").await.status, 201);
    world.call_state().start_again().await;
    assert_eq!(Device::of(&world, "ann").does(&id, "cancel").await["phase"], "ended");
}

#[tokio::test]
async fn without_redis_it_is_said_that_the_store_is_away() {
    let mut world = World::with_calls(&[], &[]).await;
    world.call_state().redis.stop().await;
    let ann = Device::of(&world, "ann");
    ann.get("/calls").await.is_problem(503, "store_unavailable");
    ann.post_with("/calls", &invite(&["bob"], "p2p")).await.is_problem(503, "store_unavailable");
}

#[tokio::test]
async fn where_there_are_no_calls_there_is_nothing_at_their_addresses() {
    let world = World::start().await;
    let ann = Device::of(&world, "ann");
    for path in ["/calls", "/calls/history", "/events", "/ws", "/blocks", "/availability"] {
        ann.get(path).await.is_problem(404, "not_found");
    }
    ann.joins("0198c5a0-7c3e-7d5a-8f00-0123456789ab").await.is_problem(404, "room_not_found");
    eventually("the log tells of it", BOUND, async || world.service.output().contains("calls.off")).await;
}
