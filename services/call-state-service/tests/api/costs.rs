//! What a command costs: two round trips to Redis when nobody else is in the way, and never a second try.

use signal_protocol::KeyRequest;

use crate::world::{Replica, World};

/// Nothing of the background's reads records while this is counted.
const QUIET: [(&str, &str); 1] = [("BACKGROUND__REAPER_INTERVAL_MS", "600000")];

async fn round_trips(replica: &Replica) -> f64 {
    let operation = |name| replica.figure("store_round_trips_total", name);
    operation("operation=\"read\"").await + operation("operation=\"commit\"").await
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
        assert!((cost - 2.0).abs() < f64::EPSILON, "{what} took {cost} round trips");
    }
    for metric in ["call_command_retries_total", "call_conflicts_total"] {
        assert!(replica.figure(metric, "").await.abs() < f64::EPSILON, "{metric}");
    }
}
