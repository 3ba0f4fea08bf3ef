//! Signals of peer-to-peer calls: stored, relayed, found again, and let go.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use signal_protocol::SignalKind::{Answer as Answers, Candidates, Offer, Restart};
use signal_protocol::{CallMedia, CallPhase, EndReason, ErrorCode, KeyRequest, Signal};
use testkit::eventually;

use crate::world::{Answer, BOUND, World, early, invite, refused, signal};

fn told(signals: &[Signal]) -> Vec<String> {
    signals.iter().map(|signal| format!("{} {}", signal.kind.as_str(), signal.generation)).collect()
}

/// The records of signals whose names begin with this, each with how long it is kept.
async fn kept(world: &World, prefix: &str) -> Vec<Duration> {
    let names = world.redis.command(&["KEYS", &format!("*}}:{prefix}*")]).await.unwrap();
    let mut kept = Vec::new();
    for name in names.as_array().unwrap() {
        let millis = world.redis.command(&["PTTL", name.as_str().unwrap()]).await.unwrap();
        kept.push(Duration::from_millis(millis.as_u64().unwrap()));
    }
    kept.sort_unstable();
    kept
}

#[tokio::test]
async fn an_early_offer_is_answered_and_both_sides_tell_where_they_are_reached() {
    let world = World::with(2, &[]).await;
    let (ann, bob) = (world.device_at(0, "ann", "a"), world.device_at(1, "bob", "phone"));
    let heard = [("ann", "a"), ("ann", "other"), ("bob", "phone"), ("bob", "tablet")];
    let [of_ann, of_other, of_phone, of_tablet] = heard.map(|(user, device)| world.witness(user, device));
    let (of_ann, of_other) = (of_ann.await, of_other.await);
    let (of_phone, of_tablet) = (of_phone.await, of_tablet.await);
    let call = ann.offers("bob").await.id;
    ann.sends(call, Candidates, 0).await.unwrap();
    let id = bob.answers(call).await.unwrap();
    ann.sends(call, Candidates, 0).await.unwrap();
    bob.sends(call, Candidates, 0).await.unwrap();
    bob.sends(call, Restart, 1).await.unwrap();
    ann.sends(call, Offer, 1).await.unwrap();
    bob.hangs_up(call).await.unwrap();

    let rings = ["ringing", "signal offer 0", "signal candidates 0"];
    let phone = ["signal candidates 0", "signal offer 1", "ended completed"];
    assert_eq!(of_phone.story().await, [rings, phone].concat());
    assert_eq!(
        of_tablet.story().await,
        [&rings[..], &["stopped answered_elsewhere", "ended completed"]].concat()
    );
    let answered =
        ["accepted bob", "signal answer 0", "signal candidates 0", "signal restart 1", "ended completed"];
    assert_eq!(of_ann.story().await, answered);
    assert_eq!(of_other.story().await, ["updated", "accepted bob", "ended completed"]);
    let events = of_ann.events().await;
    let json = serde_json::to_value(&events[1]).unwrap();
    assert_eq!((&json["from"], &json["payload"]["sdp"]), (&json!("bob"), &json!("answer 0")));
    assert_eq!((&json["id"], &json["signal_id"]), (&json!(id), &json!(id)));
}

#[tokio::test]
async fn a_device_that_starts_from_nothing_finds_the_signals_of_its_call() {
    let world = World::start().await;
    let (ann, phone, tablet) =
        (world.device("ann", "a"), world.device("bob", "phone"), world.device("bob", "tablet"));
    let call = ann.offers("bob").await.id;
    ann.sends(call, Candidates, 0).await.unwrap();
    let early = phone.client.snapshot(&phone.relay()).await.unwrap();
    assert_eq!(told(&early.signals), ["offer 0", "candidates 0"]);
    let offer = &early.signals[0];
    assert_eq!(
        (offer.call_id, offer.from.as_str(), offer.payload.sdp.as_deref()),
        (call, "ann", Some("v=0 early"))
    );
    phone.answers(call).await.unwrap();
    assert!(
        tablet.client.snapshot(&tablet.relay()).await.unwrap().signals.is_empty(),
        "it is not in the call"
    );
    ann.sends(call, Candidates, 0).await.unwrap();
    phone.sends(call, Restart, 1).await.unwrap();
    ann.sends(call, Offer, 1).await.unwrap();
    assert_eq!(told(&phone.client.snapshot(&phone.relay()).await.unwrap().signals), ["offer 1"]);
    assert_eq!(told(&ann.client.snapshot(&ann.relay()).await.unwrap().signals), ["restart 1"]);
}

#[tokio::test]
async fn signals_go_five_minutes_after_they_came_one_minute_after_they_served_and_with_the_call_their_list() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.offers("bob").await.id;
    ann.sends(call, Candidates, 0).await.unwrap();
    let (minute, longest) = (Duration::from_mins(1), Duration::from_mins(5));
    let early = kept(&world, "signal:").await;
    assert!(early.len() == 2 && early.iter().all(|ttl| (minute..=longest).contains(ttl)), "{early:?}");
    bob.answers(call).await.unwrap();
    let served = kept(&world, "signal:").await;
    assert!(served.len() == 3 && served[1] <= minute && served[2] > minute, "{served:?}");
    assert_eq!(kept(&world, "signals:").await.len(), 2, "one of each side");
    ann.hangs_up(call).await.unwrap();
    assert!(kept(&world, "signals:").await.is_empty());
}

#[tokio::test]
async fn two_who_call_each_other_get_the_offer_of_the_earlier_call_with_the_answer_each_time() {
    let world = World::with(2, &[]).await;
    let (ann, bob) = (world.device_at(0, "ann", "a"), world.device_at(1, "bob", "b"));
    let call = ann.offers("bob").await.id;
    ann.sends(call, Candidates, 0).await.unwrap();
    let witness = world.witness("ann", "a").await;
    for _ in 0..2 {
        let met = bob.client.invite(&bob.relay_with("request-0001"), &early("ann")).await.unwrap();
        assert!(met.glare && met.call.id == call);
        assert_eq!(told(met.signals.as_deref().unwrap()), ["offer 0", "candidates 0"]);
    }
    assert_eq!(witness.story().await, ["accepted bob"], "the later offer is dropped");
    bob.sends(call, Answers, 0).await.unwrap();
    bob.hangs_up(call).await.unwrap();
    let gone = bob.client.invite(&bob.relay_with("request-0001"), &early("ann")).await.unwrap();
    assert_eq!(gone.signals.as_deref(), Some(&[][..]), "what is remembered holds no signals");
}

#[tokio::test]
async fn a_signal_that_comes_twice_is_relayed_once() {
    let world = World::with(2, &[]).await;
    let ann = world.device_at(0, "ann", "a");
    let elsewhere = world.device_at(1, "ann", "a");
    let call = ann.offers("bob").await.id;
    let witness = world.witness("bob", "b").await;
    let request = signal(Candidates, 0);
    let first = ann.client.signal(&ann.relay_with("request-0001"), call, &request).await.unwrap();
    let again = elsewhere.client.signal(&elsewhere.relay_with("request-0001"), call, &request).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(witness.story().await, ["signal candidates 0"]);
    let other = ann.client.signal(&ann.relay_with("request-0001"), call, &signal(Offer, 0)).await;
    assert_eq!(refused(other).code, ErrorCode::RequestIdReused);
}

#[tokio::test]
async fn what_is_refused_is_said_by_its_code_and_changes_nothing() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let eve = world.device("eve", "e");
    let livekit = eve.rings(&["dan"]).await.id;
    assert_eq!(refused(eve.sends(livekit, Offer, 0).await).code, ErrorCode::WrongMedia);

    let call = ann.offers("bob").await.id;
    let before = world.state().await;
    assert_eq!(refused(bob.sends(call, Answers, 0).await).code, ErrorCode::NotAllowedInPhase);
    assert_eq!(refused(eve.sends(call, Offer, 0).await).code, ErrorCode::CallNotFound);
    let other = world.device("ann", "other");
    assert_eq!(refused(other.sends(call, Candidates, 0).await).code, ErrorCode::NotThisDevice);
    let path = format!("/calls/{call}/signals");
    for (body, fields) in [
        (json!({ "kind": "offer", "generation": 0, "payload": {}, "accept": true }), vec!["accept"]),
        (json!({ "kind": "wave", "generation": 0, "payload": {} }), vec!["kind"]),
        (json!({ "kind": "offer", "generation": -1, "payload": {} }), vec!["generation"]),
        (json!({ "kind": "offer", "generation": 2, "payload": {} }), vec!["generation"]),
        (json!({ "kind": "offer", "generation": 0 }), vec!["payload"]),
        (json!({ "kind": "offer", "generation": 0, "payload": {}, "to": "bob" }), vec!["to"]),
    ] {
        let request = world.request(Method::POST, &path, &ann.token).header("x-device-id", "a");
        Answer::of(request.json(&body)).await.blames(&fields);
    }
    assert_eq!(world.state().await, before);

    bob.answers(call).await.unwrap();
    bob.sends(call, Restart, 1).await.unwrap();
    let before = world.state().await;
    assert_eq!(refused(ann.sends(call, Candidates, 0).await).code, ErrorCode::StaleGeneration);
    let again = world.device("bob", "tablet");
    assert_eq!(refused(again.answers(call).await).code, ErrorCode::CallAlreadyAnswered);
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn a_party_that_sends_without_end_is_stopped() {
    let world = World::start().await;
    let ann = world.device("ann", "a");
    let call = ann.offers("bob").await.id;
    for _ in 1..300 {
        ann.sends(call, Candidates, 0).await.unwrap();
    }
    let request = world.request(Method::POST, &format!("/calls/{call}/signals"), &ann.token);
    let request = request.header("x-device-id", "a").json(&signal(Candidates, 0));
    Answer::of(request).await.is_problem(429, "rate_limited");
}

#[tokio::test]
async fn the_fourth_restart_ends_the_call() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.offers("bob").await.id;
    bob.answers(call).await.unwrap();
    let witness = world.witness("ann", "a").await;
    for generation in 1..=4 {
        bob.sends(call, Restart, generation).await.unwrap();
    }
    let told = ["signal restart 1", "signal restart 2", "signal restart 3", "ended connection_lost"];
    assert_eq!(witness.story().await, told);
    assert_eq!(refused(bob.sends(call, Restart, 5).await).code, ErrorCode::CallEnded);
}

#[tokio::test]
async fn an_answer_must_come_soon_and_then_the_media() {
    let settings = [("CALLS__CONNECT_SECONDS", "1"), ("CALLS__MEDIA_SECONDS", "600")];
    let world = World::with(1, &settings).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let answered = ann.offers("bob").await.id;
    bob.answers(answered).await.unwrap();

    let (eve, dan) = (world.device("eve", "e"), world.device("dan", "d"));
    let silent = eve.client.invite(&eve.relay(), &invite(&["dan"], CallMedia::P2p)).await.unwrap().call.id;
    dan.client.accept(&dan.relay(), silent, &KeyRequest::default()).await.unwrap();
    eventually("it is over", BOUND, async || {
        let call = eve.sees(silent).await.unwrap();
        (call.reason == Some(EndReason::ConnectionTimeout)).then_some(call)
    })
    .await;
    assert_eq!(ann.sees(answered).await.unwrap().phase, CallPhase::Active);
}
