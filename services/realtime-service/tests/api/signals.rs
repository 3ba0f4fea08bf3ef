//! Signals through the public API: what is relayed, and what never gets as far as the rules of a call.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::eventually;

use crate::device::{Device, invite};
use crate::socket::{BOUND, Socket};
use crate::world::{Answer, World};

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n";
const CANDIDATE: &str = "candidate:1 1 udp 2113937151 192.0.2.1 47096 typ host";

impl Device<'_> {
    async fn signals(&self, call: &str, body: &Value) -> Answer {
        self.post_with(&format!("/calls/{call}/signals"), body).await
    }

    /// The signals for this device in a snapshot.
    async fn sees(&self) -> Value {
        self.get("/events").await.json()["signals"].clone()
    }
}

fn signal(kind: &str, payload: &Value) -> Value {
    json!({ "kind": kind, "generation": 0, "payload": payload })
}

#[tokio::test]
async fn an_offer_rings_along_and_is_answered_with_the_acceptance() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let mut body = invite(&["bob"], "p2p");
    body["offer"] = json!({ "sdp": SDP });
    let made = ann.post_with("/calls", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["call"]["id"].as_str().unwrap().to_owned();
    let candidates =
        signal("candidates", &json!({ "candidates": [{ "candidate": CANDIDATE, "sdp_mid": "0" }] }));
    let sent = ann.signals(&id, &candidates).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let seen = bob.sees().await;
    assert_eq!((&seen[0]["kind"], &seen[0]["payload"]["sdp"]), (&json!("offer"), &json!(SDP)), "{seen}");
    assert_eq!(seen[1]["signal_id"], sent.json()["signal_id"], "{seen}");
    assert_eq!(seen[1]["payload"], candidates["payload"], "it arrives as it was sent");
    let mut answer = signal("answer", &json!({ "sdp": SDP }));
    answer["accept"] = json!(true);
    assert_eq!(bob.signals(&id, &answer).await.status, 202);
    assert_eq!(ann.get(&format!("/calls/{id}")).await.json()["phase"], "active");
    assert_eq!(ann.sees().await[0]["kind"], "answer");
}

#[tokio::test]
async fn what_changes_nothing_of_the_call_is_relayed_where_it_arrives_and_the_rest_is_passed_on() {
    let mut world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "p2p").await;
    bob.does(&id, "accept").await;
    let candidates = signal("candidates", &json!({ "candidates": [{ "candidate": CANDIDATE }] }));
    let path = format!("/calls/{id}/signals");
    let passed_on = async |world: &World| {
        world.figure("call_state_requests_seconds_count{question=\"signal\",outcome=\"ok\"} ").await
    };
    for device in [&ann, &bob, &ann] {
        assert_eq!(device.signals(&id, &candidates).await.status, 202);
    }
    let sent = ann.post_once("once-and-only", &path, &candidates).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let relayed = world.figure("call_commands_total{command=\"signal.send\",outcome=\"changed\"} ").await;
    assert_eq!(format!("{relayed} relayed, {} passed on", passed_on(&world).await), "4 relayed, 0 passed on");

    // The same again, by another service, is the same; and so is its refusal.
    let again = ann.post_once("once-and-only", &path, &candidates).await;
    assert_eq!(again.json()["signal_id"], sent.json()["signal_id"]);
    assert_eq!(format!("{} passed on", passed_on(&world).await), "1 passed on");
    let mut later = candidates.clone();
    later["generation"] = json!(7);
    ann.post_once("once-and-only", &path, &later).await.is_problem(409, "request_id_reused");
    ann.signals(&id, &later).await.is_problem(400, "invalid_field");
    assert_eq!(bob.sees().await.as_array().unwrap().len(), 3, "each once");

    world.call_state().stop().await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    for device in [&ann, &bob] {
        assert_eq!(device.signals(&id, &candidates).await.status, 202, "nobody else is needed for it");
    }
    let answer = signal("answer", &json!({ "sdp": SDP }));
    bob.signals(&id, &answer).await.is_problem(503, "call_state_unavailable");
}

#[tokio::test]
async fn what_a_signal_carries_is_kept_for_minutes_and_for_one_once_its_device_has_acknowledged_it() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "p2p").await;
    bob.does(&id, "accept").await;
    let candidates = signal("candidates", &json!({ "candidates": [{ "candidate": CANDIDATE }] }));
    let sends = async || ann.signals(&id, &candidates).await.json()["signal_id"].as_str().unwrap().to_owned();
    let is_kept_for = async |signal: &str| {
        let key = format!("{{t:realtime}}:signal:{signal}");
        Duration::from_millis(world.redis().command(&["PTTL", &key]).await.unwrap().as_u64().unwrap())
    };
    let goes_soon = async |signal: &str| {
        eventually("it is kept for a minute more", BOUND, async || {
            is_kept_for(signal).await <= Duration::from_mins(1)
        })
        .await;
    };

    let (mut socket, _) = Socket::of(&world, "bob", "phone").await;
    let first = sends().await;
    let event = socket.event("signal").await;
    assert_eq!(event["signal_id"], json!(first));
    assert!(is_kept_for(&first).await > Duration::from_mins(4), "it was only told");
    socket.say(&json!({ "type": "ack", "cursor": event["cursor"] })).await;
    goes_soon(&first).await;
    drop(socket);

    let second = sends().await;
    let poll = async |after: &Value| {
        let path = format!("/events?after={}", after.as_str().unwrap());
        bob.get(&path).await.json()
    };
    let told = poll(&event["cursor"]).await;
    assert!(is_kept_for(&second).await > Duration::from_mins(4), "it was only told");
    poll(&told["cursor"]).await;
    goes_soon(&second).await;
    assert!(is_kept_for(&sends().await).await > Duration::from_mins(4), "nobody has had that one");
}

#[tokio::test]
async fn whoever_is_blocked_signals_as_if_they_were_not() {
    let mut world = World::with_calls(&[], &[]).await;
    let candidates = signal("candidates", &json!({ "candidates": [{ "candidate": CANDIDATE }] }));
    let mut calls = Vec::new();
    {
        let (dan, eve) = (Device::of(&world, "dan"), Device::of(&world, "eve"));
        assert_eq!(dan.put("/blocks/eve", None).await.status, 204);
        calls.push(("eve", eve.calls(&["dan"], "p2p").await));
        calls.push(("ann", Device::of(&world, "ann").calls(&["bob"], "p2p").await));
        assert_eq!(dan.live_calls().await, [""; 0], "it does not ring");
    }
    world.call_state().stop().await;
    for (caller, call) in calls {
        let caller = Device::of(&world, caller);
        let mut ids = Vec::new();
        for _ in 0..3 {
            let sent = caller.signals(&call, &candidates).await;
            assert_eq!(sent.status, 202, "{}", sent.text);
            let id = sent.json()["signal_id"].as_str().unwrap().replace('-', "");
            ids.push(u128::from_str_radix(&id, 16).unwrap());
        }
        assert_eq!([ids[1], ids[2]], [ids[0] + 1, ids[0] + 2], "the ids tell nothing either");
    }
}

#[tokio::test]
async fn what_is_not_fit_to_be_relayed_is_refused_with_its_place_and_reaches_nobody() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "p2p").await;
    let candidate = |text: &str| json!({ "candidates": [{ "candidate": CANDIDATE }, { "candidate": text }] });
    for (kind, payload, status, code, field) in [
        ("offer", json!({ "sdp": SDP.replace("t=0 0", "t=SECRET") }), 422, "sdp_invalid", "payload.sdp"),
        ("offer", json!({ "sdp": SDP.repeat(400) }), 413, "too_large", "payload.sdp"),
        ("offer", json!({}), 400, "invalid_field", "payload.sdp"),
        ("offer", json!({ "sdp": SDP, "colour": 1 }), 400, "invalid_field", "payload.colour"),
        ("restart", json!({ "end": true }), 400, "invalid_field", "payload.end"),
        ("answer", json!({ "sealed": "no base64" }), 400, "invalid_field", "payload.sealed"),
        ("answer", json!({ "sealed": "A".repeat(49_153) }), 413, "too_large", "payload.sealed"),
        ("candidates", candidate("SECRET"), 422, "candidate_invalid", "payload.candidates[1].candidate"),
        ("candidates", candidate(&"x".repeat(1025)), 413, "too_large", "payload.candidates[1].candidate"),
    ] {
        let problem = ann.signals(&id, &signal(kind, &payload)).await.is_problem(status, code);
        assert_eq!(problem["fields"][0]["field"], field, "{problem}");
        assert!(!problem.to_string().contains("SECRET"), "{problem}");
    }
    let line = ann.signals(&id, &signal("offer", &json!({ "sdp": "v=0\nhello" }))).await.json();
    assert_eq!(line["fields"][0]["problem"], "line 2: does not begin with a small letter and `=`");
    assert_eq!(bob.sees().await, json!([]));
    // Nor does a call begin with a broken offer.
    assert_eq!(ann.does(&id, "cancel").await["phase"], "ended");
    let mut body = invite(&["bob"], "p2p");
    body["offer"] = json!({ "sdp": "hello" });
    let problem = ann.post_with("/calls", &body).await.is_problem(422, "sdp_invalid");
    assert_eq!(problem["fields"][0]["field"], "offer.sdp");
    assert!(bob.live_calls().await.is_empty());
    assert!(!world.service.output().contains("SECRET"));
}

#[tokio::test]
async fn signals_have_a_limit_of_their_own() {
    let limits = [("LIMITS__SIGNALS_PER_SECOND", "1"), ("LIMITS__SIGNALS_BURST", "2")];
    let world = World::with_calls(&limits, &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "p2p").await;
    let offer = signal("offer", &json!({ "sdp": SDP }));
    assert_eq!(ann.signals(&id, &offer).await.status, 202);
    // Counted before it is read.
    ann.signals(&id, &json!([])).await.is_problem(400, "malformed_json");
    ann.signals(&id, &offer).await.is_problem(429, "rate_limited");
    assert_eq!(bob.command(&id, "ringing").await.status, 204, "commands are counted apart");
    assert_eq!(ann.does(&id, "hangup").await["phase"], "ended");
}

#[tokio::test]
async fn what_one_person_may_have_stored_in_a_minute_is_limited_by_its_size() {
    let world = World::with_calls(&[("LIMITS__SIGNAL_BYTES_PER_MINUTE", "50000")], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let id = ann.calls(&["bob"], "p2p").await;
    assert_eq!(bob.does(&id, "accept").await["phase"], "active");
    let large = signal("offer", &json!({ "sealed": "A".repeat(40_000) }));
    assert_eq!(ann.signals(&id, &large).await.status, 202);
    // What is not stored does not count.
    ann.signals(&id, &signal("offer", &json!({ "sealed": "A".repeat(49_153) })))
        .await
        .is_problem(413, "too_large");
    let refused = ann.signals(&id, &large).await;
    refused.is_problem(429, "rate_limited");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let small = signal("candidates", &json!({ "candidates": [{ "candidate": CANDIDATE }] }));
    assert_eq!(ann.signals(&id, &small).await.status, 202, "there is room for it");
    assert_eq!(bob.sees().await.as_array().unwrap().len(), 2);
}
