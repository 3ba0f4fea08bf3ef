//! What a command costs: two round trips to Redis when nobody else is in the way, one where its call is remembered, and never a
//! second try.

use futures_util::future::join;
use signal_protocol::{KeyRequest, SignalKind};

use crate::world::{Device, Replica, World};

/// Nothing of the background's reads records while this is counted.
const QUIET: [(&str, &str); 1] = [("BACKGROUND__REAPER_INTERVAL_MS", "600000")];

async fn round_trips(replica: &Replica) -> f64 {
    let operation = |name| replica.figure("store_round_trips_total", name);
    operation("operation=\"read\"").await + operation("operation=\"commit\"").await
}

#[track_caller]
fn is_exactly(figure: f64, expected: f64, what: &str) {
    assert!((figure - expected).abs() < f64::EPSILON, "{what}: {figure}, not {expected}");
}

#[tokio::test]
async fn a_command_that_nobody_contends_for_takes_two_round_trips_and_one_try() {
    let world = World::with(1, &QUIET).await;
    let replica = &world.replicas[0];
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    // The first of each script is sent whole.
    let warm = ann.rings(&["bob"]).await.id;
    ann.cancels(warm).await.unwrap();

    let mut before = round_trips(replica).await;
    let mut costs = Vec::new();
    let mut note = async |what: &'static str| {
        let now = round_trips(replica).await;
        costs.push((what, now - before));
        before = now;
    };
    let call = ann.rings(&["bob"]).await.id;
    note("invite").await;
    bob.client.notified(&bob.relay(), call).await.unwrap();
    note("notified").await;
    bob.client.ringing(&bob.relay(), call, &KeyRequest::default()).await.unwrap();
    note("ringing").await;
    bob.client.accept(&bob.relay_with("request-0001"), call, &KeyRequest::default()).await.unwrap();
    note("accept with an id").await;
    bob.client.accept(&bob.relay_with("request-0001"), call, &KeyRequest::default()).await.unwrap();
    note("the same again").await;
    ann.cancels(call).await.unwrap_err();
    note("a refusal").await;
    ann.hangs_up(call).await.unwrap();
    note("hangup").await;
    for (what, cost) in costs {
        is_exactly(cost, 2.0, what);
    }
    for metric in ["call_command_retries_total", "call_conflicts_total"] {
        is_exactly(replica.figure(metric, "").await, 0.0, metric);
    }
}

#[tokio::test]
async fn a_sender_s_first_signal_is_read_for_and_each_after_it_takes_one_round_trip() {
    let world = World::with(1, &QUIET).await;
    let replica = &world.replicas[0];
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    // The first of each script is sent whole.
    let warm = ann.offers("bob").await.id;
    ann.cancels(warm).await.unwrap();

    let call = ann.offers("bob").await.id;
    ann.sends(call, SignalKind::Candidates, 0).await.unwrap();
    let before = round_trips(replica).await;
    bob.answers(call).await.unwrap();
    is_exactly(round_trips(replica).await - before, 2.0, "an answer that accepts");
    let before = round_trips(replica).await;
    let trickle = async |device: &Device| {
        for _ in 0..50 {
            device.sends(call, SignalKind::Candidates, 0).await.unwrap();
        }
    };
    join(trickle(&ann), trickle(&bob)).await;
    // Of each side the first is read for: the answer has changed the call.
    is_exactly(round_trips(replica).await - before, 102.0, "a hundred signals");
    is_exactly(replica.figure("call_signals_recalled_total", "outcome=\"held\"").await, 98.0, "remembered");
    for metric in ["call_command_retries_total", "call_conflicts_total"] {
        is_exactly(replica.figure(metric, "").await, 0.0, metric);
    }
}

#[tokio::test]
async fn where_replicas_take_turns_each_gives_up_remembering_after_one_commit_in_vain() {
    let world = World::with(2, &QUIET).await;
    let [first, second] = [0, 1].map(|replica| world.device_at(replica, "ann", "a"));
    let of_bob = world.witness("bob", "b").await;
    let call = first.offers("bob").await.id;
    for _ in 0..5 {
        first.sends(call, SignalKind::Candidates, 0).await.unwrap();
        second.sends(call, SignalKind::Candidates, 0).await.unwrap();
    }
    let told = of_bob.story().await;
    assert_eq!(told.iter().filter(|told| *told == "signal candidates 0").count(), 10, "{told:?}");
    for replica in &world.replicas {
        let outdated = replica.figure("call_signals_recalled_total", "outcome=\"outdated\"").await;
        // Twice on a machine on which ten signals take longer than it is given up for.
        assert!((1.0..=2.0).contains(&outdated), "{outdated}");
        is_exactly(replica.figure("call_command_retries_total", "").await, 0.0, "retries");
    }
}
