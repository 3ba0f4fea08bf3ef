//! What the service does by itself: it tells the push service, it comes back to what it left, it puts records right.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::StatusCode;
use signal_protocol::{Call, EndReason};
use standardwebhooks::Webhook;
use store::{Commit, Key, Read, Write};
use testkit::{Exit, Hook, HookReceiver, eventually};
use uuid::Uuid;

use crate::world::{BOUND, World};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Longer than it takes until another replica takes over a hook that somebody died with.
const TAKEN_OVER: Duration = Duration::from_mins(2);

/// Replicas that tell `receiver`, and rings of so many seconds.
async fn world(replicas: usize, receiver: &HookReceiver, ring_seconds: &str) -> World {
    let settings = [
        ("CALLS__RING_SECONDS", ring_seconds),
        // Who is there has until the end of the ring to see it.
        ("CALLS__UNSEEN_MS", "60000"),
        ("HOOKS__URL", &receiver.url()),
        ("HOOKS__SECRET", SECRET),
        ("HOOKS__FIRST_PAUSE_MS", "50"),
    ];
    World::with(replicas, &settings).await
}

/// What was told, each hook once: its type and its call.
fn told(receiver: &HookReceiver) -> Vec<(String, Call)> {
    let mut seen = BTreeSet::new();
    let mut hooks = receiver.hooks();
    hooks.retain(|hook| hook.status.is_success() && seen.insert(hook.id().to_owned()));
    let of = |hook: &Hook| {
        let body = hook.json();
        let call = serde_json::from_value(body["data"]["call"].clone()).unwrap();
        (body["type"].as_str().unwrap().to_owned(), call)
    };
    hooks.iter().map(of).collect()
}

/// Waits until the push service was told of all three things about a ring that nobody has seen.
async fn told_of_it_all(receiver: &HookReceiver, bound: Duration) -> Vec<(String, Call)> {
    eventually("the push service knows it all", bound, async || {
        let told = told(receiver);
        if told.len() >= 3 { Ok(told) } else { Err(format!("{} of it", told.len())) }
    })
    .await
}

#[tokio::test]
async fn the_push_service_is_told_of_a_ring_that_nobody_has_seen_of_its_end_and_of_the_missed_call() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = world(2, &receiver, "1").await;
    let call = world.device("ann", "laptop").rings(&["bob"]).await;
    let mut told = told_of_it_all(&receiver, BOUND).await;
    // They are on their way at once, in no order; the version of the call tells which is later.
    told.sort_by_key(|(kind, call)| (call.version, kind.clone()));
    let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["ring.unseen", "call.missed", "ring.over"]);
    assert!(told.iter().all(|(_, told)| told.id == call.id && told.trace_id == call.trace_id));
    assert_eq!(told[0].1.reason, None);
    assert_eq!(told[1].1.reason, Some(EndReason::Unreachable));

    let judge = Webhook::new(SECRET).unwrap();
    for hook in receiver.hooks() {
        judge.verify(&hook.body, &hook.headers).unwrap();
        assert_eq!(hook.json()["data"]["user_id"], "bob");
        assert!(hook.headers.contains_key("traceparent"));
    }
    assert_eq!(receiver.hooks().len(), 3, "each of them once, by one of the replicas");
}

#[tokio::test]
async fn a_device_that_was_told_in_time_is_none_of_the_push_services_business() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = world(1, &receiver, "5").await;
    let (ann, bob) = (world.device("ann", "laptop"), world.device("bob", "phone"));
    // A sign of life: the ring is on its way to this device.
    bob.client.snapshot(&bob.relay()).await.unwrap();
    ann.rings(&["bob"]).await;
    bob.client.snapshot(&bob.relay()).await.unwrap();
    let missed = eventually("the missed call is told", BOUND, async || told(&receiver).pop()).await;
    assert_eq!(missed.0, "call.missed");
    assert_eq!(missed.1.reason, Some(EndReason::NoAnswer));
    assert_eq!(receiver.hooks().len(), 1);
}

#[tokio::test]
async fn what_could_not_be_told_outlives_the_replica_that_tried() {
    let receiver = HookReceiver::start().await.unwrap();
    receiver.answer(StatusCode::SERVICE_UNAVAILABLE);
    let mut world = world(1, &receiver, "1").await;
    world.device("ann", "laptop").rings(&["bob"]).await;
    // Written down: what the replica dies with is taken over too, only later.
    eventually("it was put off", BOUND, async || {
        world.replicas[0].figure("hooks_total", "outcome=\"put_off\"").await > 0.5
    })
    .await;
    world.replicas[0].kill().await;
    receiver.answer(StatusCode::OK);
    world.replicas[0].start_again().await;
    told_of_it_all(&receiver, TAKEN_OVER).await;
}

#[tokio::test]
async fn a_replica_that_is_told_to_stop_tells_what_is_in_the_queue_first() {
    let receiver = HookReceiver::start().await.unwrap();
    let mut world = world(1, &receiver, "30").await;
    world.device("ann", "laptop").rings(&["bob"]).await;
    let exit = world.replicas[0].stop().await;
    assert_eq!(exit, Exit::Code(0));
    assert_eq!(told(&receiver)[0].0, "ring.unseen");
}

#[tokio::test]
async fn a_deadline_that_passes_while_no_replica_runs_is_met_when_one_does() {
    let mut world = World::with(1, &[("CALLS__RING_SECONDS", "1")]).await;
    let call = world.device("ann", "laptop").rings(&["bob"]).await;
    world.replicas[0].kill().await;
    let deadline = call.expires_at.unwrap();
    eventually("it has passed", BOUND, async || {
        world.store.timers(&world.tenant).await.unwrap().overdue == 1
    })
    .await;
    world.replicas[0].start_again().await;
    eventually("nothing waits any more", BOUND, async || {
        world.store.timers(&world.tenant).await.unwrap().total == 0
    })
    .await;
    let ended = world.device("ann", "laptop").sees(call.id).await.unwrap();
    assert_eq!(ended.reason, Some(EndReason::Unreachable));
    assert!(ended.ended_at.unwrap() > deadline);
    // Counted once it is done.
    let replica = &world.replicas[0];
    eventually("it is counted", BOUND, async || {
        replica.figure("timers_due_total", "kind=\"call\",outcome=\"done\"").await > 0.5
            && replica.figure("timer_lateness_seconds_count", "").await > 0.5
    })
    .await;
}

#[tokio::test]
async fn a_leg_of_no_call_is_found_and_removed() {
    let world = World::with(1, &[("BACKGROUND__REAPER_INTERVAL_MS", "10")]).await;
    let stray = serde_json::json!({ "schema": 1, "leg": { "call": Uuid::now_v7(), "kind": "engaged" } });
    let key = Key::new("user", "ann");
    let put = Write::Put { key: key.clone(), data: stray.to_string().into(), refs: Vec::new(), ttl: None };
    world.store.commit(&world.tenant, Commit { writes: vec![put], ..Commit::default() }).await.unwrap();
    eventually("it is gone", BOUND, async || {
        let read = world.store.read(&world.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
        read.data(&key).is_none()
    })
    .await;
    let repaired = async || world.replicas[0].figure("repairs_total", "kind=\"leg_of_missing_call\"").await;
    eventually("it is counted", BOUND, async || repaired().await > 0.5).await;
    assert!((repaired().await - 1.0).abs() < 0.5, "{}", repaired().await);
    world.device("ann", "laptop").rings(&["bob"]).await;
}
