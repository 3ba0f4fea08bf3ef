//! The same request again: the same answer, and one effect.

use reqwest::Method;
use serde_json::json;
use signal_protocol::{CallMedia, EndReason, ErrorCode, KeyRequest};

use crate::world::{Answer, Device, World, invite, refused};

const ID: &str = "request-0001";

#[tokio::test]
async fn an_invite_that_comes_twice_makes_one_call_whichever_replica_it_comes_to() {
    let world = World::with(2, &[]).await;
    let witness = world.witness("bob", "phone").await;
    let request = invite(&["bob"], CallMedia::Livekit);
    let mut answers = Vec::new();
    for replica in [0, 1, 0] {
        let ann = world.device_at(replica, "ann", "laptop");
        answers.push(ann.client.invite(&ann.relay_with(ID), &request).await.unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(witness.story().await, ["ringing"]);
    let repeated = "command=\"call.invite\",outcome=\"repeated\"";
    assert!((world.replicas[1].figure("call_commands_total", repeated).await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn two_of_the_same_at_once_have_one_effect_and_one_answer() {
    let world = World::with(2, &[]).await;
    for round in 0..testkit::rounds(5, 50) {
        let (ann, bob) = (format!("ann{round}"), format!("bob{round}"));
        let [first, second] = [0, 1].map(|replica| world.device_at(replica, &ann, "a"));
        let request = invite(&[&bob], CallMedia::Livekit);
        let ask =
            async |device: Device| device.client.invite(&device.relay_with(ID), &request).await.unwrap();
        let (one, other) = tokio::join!(ask(first), ask(second));
        assert_eq!(one, other);
    }
}

#[tokio::test]
async fn an_id_belongs_to_its_command_its_call_and_its_body() {
    let world = World::with(2, &[]).await;
    let (ann, bob) = (world.device_at(0, "ann", "a"), world.device_at(1, "bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    let other = CallMedia::P2p;
    ann.client.invite(&ann.relay_with(ID), &invite(&["eve"], CallMedia::Livekit)).await.unwrap_err();
    let reused = |answer| assert_eq!(refused(answer).code, ErrorCode::RequestIdReused);
    reused(ann.client.invite(&ann.relay_with(ID), &invite(&["eve"], other)).await.map(|_| ()));
    reused(ann.client.cancel(&ann.relay_with(ID), call).await.map(|_| ()));

    let keyed = KeyRequest { key: Some("Ym9i".to_owned()) };
    bob.client.accept(&bob.relay_with(ID), call, &KeyRequest::default()).await.unwrap();
    reused(bob.client.accept(&bob.relay_with(ID), call, &keyed).await.map(|_| ()));
    // Another person's id is another id.
    let eve = world.device("eve", "e");
    assert_eq!(refused(eve.client.cancel(&eve.relay_with(ID), call).await).code, ErrorCode::CallNotFound);
}

#[tokio::test]
async fn how_a_body_is_written_makes_no_difference() {
    let world = World::start().await;
    let ann = world.device("ann", "a");
    let send = async |text: &str| {
        let request = world.request(Method::POST, "/calls", &ann.token);
        let request = request.header("idempotency-key", ID).header("content-type", "application/json");
        Answer::of(request.body(text.to_owned())).await
    };
    let first = send(r#"{"callees":["bob"],"kind":"audio","media":"livekit"}"#).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let same = send(
        " {\"media\": \"livekit\",\n \"kind\": \"audio\", \"room_id\": null, \"callees\": [\"b\\u006fb\"]} ",
    );
    let same = same.await;
    assert_eq!((same.status, same.json()), (first.status, first.json()));
}

#[tokio::test]
async fn a_refusal_of_the_rules_is_remembered_even_when_they_would_now_allow_it() {
    let world = World::with(2, &[]).await;
    let ann = world.device_at(0, "ann", "a");
    let elsewhere = world.device_at(1, "ann", "a");
    let call = ann.rings(&["bob"]).await;
    let request = invite(&["eve"], CallMedia::Livekit);
    let first = refused(ann.client.invite(&ann.relay_with(ID), &request).await);
    assert_eq!(first.code, ErrorCode::AlreadyInCall);
    assert_eq!(ann.cancels(call.id).await.unwrap().reason, Some(EndReason::Cancelled));
    let again = refused(elsewhere.client.invite(&elsewhere.relay_with(ID), &request).await);
    assert_eq!((again.code, again.problem.extensions), (first.code, first.problem.extensions));
    // What was refused before the rules were asked is not: a body that was wrong is put right under the same id.
    let wrong = json!({ "callees": ["ann"], "kind": "audio", "media": "livekit" });
    let keyed = |body| {
        world.request(Method::POST, "/calls", &ann.token).header("idempotency-key", "put-right").json(body)
    };
    Answer::of(keyed(&wrong)).await.blames(&["callees"]);
    let right = json!({ "callees": ["eve"], "kind": "audio", "media": "livekit" });
    assert_eq!(Answer::of(keyed(&right)).await.status, 201);
}

#[tokio::test]
async fn an_ill_formed_id_is_refused() {
    let world = World::start().await;
    let token = world.token("ann");
    for id in ["short", "has a space", &"k".repeat(65)] {
        let request = world.request(Method::PUT, "/blocks/bob", &token).header("idempotency-key", id);
        Answer::of(request).await.blames(&["Idempotency-Key"]);
    }
}

#[tokio::test]
async fn an_answer_that_replicas_do_not_have_is_not_given_the_second_time_either() {
    // A primary without replicas keeps what it was told, and cannot promise that it outlives it.
    let world = World::with(1, &[("REDIS__WAIT_REPLICAS", "1"), ("REDIS__WAIT_TIMEOUT_MS", "10")]).await;
    let witness = world.witness("bob", "phone").await;
    let ann = world.device("ann", "laptop");
    let request = invite(&["bob"], CallMedia::Livekit);
    for _ in 0..2 {
        let answer = ann.client.invite(&ann.relay_with(ID), &request).await;
        assert_eq!(refused(answer).code, ErrorCode::StoreUnavailable);
    }
    assert_eq!(witness.story().await, ["ringing"]);
}
