//! `GET /events`: a call followed from its start to its end.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::device::{Device, MANY_INVITES};
use crate::world::World;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

/// The cursor of an answer.
pub(crate) fn cursor(answer: &Value) -> &str {
    answer["cursor"].as_str().unwrap()
}

/// The types of the events of an answer.
fn types(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// What `device` is told since `after`, once there is something.
async fn told(device: &Device<'_>, after: &str) -> Value {
    let answer = device.get(&format!("/events?after={after}&wait=20")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["recovered"], true, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_call_is_followed_from_its_start_to_its_end() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let laptop = Device::new(&world, "bob", "laptop", &[]);
    let start = bob.get("/events").await.json();
    assert_eq!((&start["calls"], types(&start).len()), (&json!([]), 0));
    assert!(start.get("recovered").is_none(), "{start}");
    // The poll is open when the call comes.
    let (ring, id) = tokio::join!(told(&bob, cursor(&start)), ann.calls(&["bob"], "p2p"));
    assert_eq!((types(&ring), &ring["events"][0]["call"]["id"]), (vec!["call.ringing"], &json!(id)));
    let from = ann.get("/events").await.json();
    assert_eq!(from["calls"][0]["id"], json!(id));
    bob.does(&id, "accept").await;
    let accepted = told(&ann, cursor(&from)).await;
    assert!(types(&accepted).contains(&"call.accepted"), "{accepted}");
    let stopped = told(&laptop, cursor(&start)).await;
    assert_eq!(types(&stopped), ["call.ringing", "call.stopped"], "the device that did not answer");
    ann.does(&id, "hangup").await;
    let ended = told(&bob, cursor(&ring)).await;
    assert_eq!(types(&ended).last(), Some(&"call.ended"), "{ended}");
    assert_eq!(ended["events"].as_array().unwrap().last().unwrap()["call"]["reason"], "completed");
}

#[tokio::test]
async fn a_poll_in_which_nothing_happens_ends_in_time_with_the_cursor_to_go_on_from() {
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    let start = ann.get("/events").await.json();
    let nothing = ann.get(&format!("/events?after={}&wait=1", cursor(&start))).await.json();
    assert_eq!((types(&nothing).len(), &nothing["recovered"]), (0, &json!(true)));
    let at_once = ann.get(&format!("/events?after={}", cursor(&nothing))).await.json();
    assert_eq!(at_once["recovered"], true);
}

#[tokio::test]
async fn what_cannot_be_told_is_said_with_the_state_to_go_on_from() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let of_ann = ann.get("/events").await.json();
    let id = ann.calls(&["bob"], "p2p").await;
    for after in ["garbage", cursor(&of_ann)] {
        let lost = bob.get(&format!("/events?after={after}&wait=20")).await.json();
        assert_eq!((&lost["recovered"], types(&lost).len()), (&json!(false), 0), "{lost}");
        assert_eq!(lost["calls"][0]["id"], json!(id));
        let on = bob.get(&format!("/events?after={}", cursor(&lost))).await.json();
        assert_eq!(on["recovered"], true);
    }
}

#[tokio::test]
async fn whoever_has_a_poll_open_is_reachable() {
    let world = World::with_calls(&MANY_INVITES, &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    assert!(!ann.reaches("bob").await);
    let start = bob.get("/events").await.json();
    let calls_until_reachable = eventually("bob is there", BOUND, async || ann.reaches("bob").await);
    let ((), ring) = tokio::join!(calls_until_reachable, told(&bob, cursor(&start)));
    assert_eq!(types(&ring).first(), Some(&"call.ringing"));
}

#[tokio::test]
async fn a_poll_is_held_open_for_25_seconds_at_most() {
    let world = World::with_calls(&[], &[]).await;
    let ann = Device::of(&world, "ann");
    ann.get("/events?after=x&wait=26").await.blames(&["wait"]);
    ann.get("/events?after=x&wait=soon").await.blames(&["wait"]);
}

#[tokio::test]
async fn open_polls_do_not_hold_up_the_end_of_the_service() {
    let world = World::with_calls(&[], &[]).await;
    let start = Device::of(&world, "ann").get("/events").await.json();
    let path = format!("/events?after={}&wait=25", cursor(&start));
    let poll = tokio::spawn(world.request(Method::GET, &path, &world.token("ann", &[])).send());
    eventually("the poll is open", BOUND, async || world.figure("events_polls_open ").await >= 1.0).await;
    world.service.terminate();
    assert_eq!(poll.await.unwrap().unwrap().status(), 200);
}
