//! Which devices are there.

use call_state_api::PresenceRequest;
use reqwest::Method;
use serde_json::json;
use signal_protocol::{CallPhase, EndReason};
use testkit::eventually;

use crate::world::{BOUND, World};

#[tokio::test]
async fn somebody_is_reachable_for_as_long_as_a_device_says_so() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    bob.client.presence(&bob.relay(), &PresenceRequest { alive_ms: 60_000 }).await.unwrap();
    let answer = ann.invites(&["bob"]).await.unwrap();
    assert_eq!(answer.reachable, Some(true));
    ann.cancels(answer.call.id).await.unwrap();

    let eve = world.device("eve", "e");
    eve.client.presence(&eve.relay(), &PresenceRequest { alive_ms: 1 }).await.unwrap();
    eventually("she is gone", BOUND, async || {
        let answer = ann.invites(&["eve"]).await.unwrap();
        ann.cancels(answer.call.id).await.unwrap();
        answer.reachable == Some(false)
    })
    .await;
}

#[tokio::test]
async fn any_request_of_a_device_is_a_sign_of_life() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    bob.client.calls(&bob.relay()).await.unwrap();
    assert_eq!(ann.invites(&["bob"]).await.unwrap().reachable, Some(true));
}

#[tokio::test]
async fn how_long_is_bounded() {
    let world = World::start().await;
    let token = world.token("bob");
    for body in
        [json!({ "alive_ms": 0 }), json!({ "alive_ms": 60_001 }), json!({ "alive_ms": -1 }), json!({})]
    {
        world.send(Method::POST, "/presence", &token, &body).await.blames(&["alive_ms"]);
    }
}

#[tokio::test]
async fn under_the_policy_a_call_to_nobody_there_ends_at_once() {
    let world = World::with(1, &[("CALLS__OFFLINE", "end")]).await;
    let call = world.device("ann", "a").rings(&["bob"]).await;
    assert_eq!((call.phase, call.reason), (CallPhase::Ended, Some(EndReason::Unreachable)));
}

#[tokio::test]
async fn a_device_that_starts_from_nothing_gets_the_ring_and_counts_as_notified() {
    let world = World::with(1, &[("CALLS__RING_SECONDS", "2")]).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    assert!(bob.client.snapshot(&bob.relay()).await.unwrap().calls.is_empty());
    let call = ann.rings(&["bob"]).await;
    let snapshot = bob.client.snapshot(&bob.relay()).await.unwrap();
    assert_eq!((snapshot.calls.len(), snapshot.calls[0].id), (1, call.id));
    assert!(snapshot.server_now >= call.server_now);
    // Handing it over is no change that anybody sees.
    assert_eq!(ann.sees(call.id).await.unwrap().version, call.version);
    eventually("it ends", BOUND, async || {
        ann.sees(call.id).await.unwrap().reason == Some(EndReason::NoAnswer)
    })
    .await;
}

#[tokio::test]
async fn a_peer_to_peer_call_ends_when_a_device_gives_no_sign_of_life() {
    let world = World::with(1, &[("CALLS__LEASE_SECONDS", "1")]).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let request = crate::world::invite(&["bob"], signal_protocol::CallMedia::P2p);
    let call = ann.client.invite(&ann.relay(), &request).await.unwrap().call.id;
    bob.accepts(call).await.unwrap();
    let witness = world.witness("ann", "a").await;
    // Neither says anything any more; each was alive for ten seconds after its last request.
    eventually("it ends", BOUND, async || {
        witness.story().await.contains(&"ended connection_lost".to_owned())
    })
    .await;
}
