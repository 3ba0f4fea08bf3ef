//! Which devices are there.

use clock::Duration;
use signal_protocol::{CallPhase, EndReason};
use testkit::eventually;

use crate::world::{BOUND, World};

#[tokio::test]
async fn somebody_is_reachable_for_as_long_as_a_device_has_a_lease() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    world.leases(&bob, Duration::minutes(1)).await;
    let answer = ann.invites(&["bob"]).await.unwrap();
    assert_eq!(answer.reachable, Some(true));
    ann.cancels(answer.call.id).await.unwrap();

    let eve = world.device("eve", "e");
    world.leases(&eve, Duration::milliseconds(-1)).await;
    assert_eq!(ann.invites(&["eve"]).await.unwrap().reachable, Some(false));
}

#[tokio::test]
async fn any_request_of_a_device_is_a_sign_of_life() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    bob.client.calls(&bob.relay()).await.unwrap();
    assert_eq!(ann.invites(&["bob"]).await.unwrap().reachable, Some(true));
}

#[tokio::test]
async fn that_a_ring_was_handed_to_a_device_is_none() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    // It may be said when the device has gone already, and for the second time when nothing is changed by it.
    for _ in 0..2 {
        bob.client.notified(&bob.relay(), call).await.unwrap();
    }
    ann.cancels(call).await.unwrap();
    assert_eq!(ann.invites(&["bob"]).await.unwrap().reachable, Some(false));
}

#[tokio::test]
async fn under_the_policy_a_call_to_nobody_there_ends_at_once() {
    let world = World::with(1, &[("CALLS__OFFLINE", "end")]).await;
    let call = world.device("ann", "a").rings(&["bob"]).await;
    assert_eq!((call.phase, call.reason), (CallPhase::Ended, Some(EndReason::Unreachable)));
}

#[tokio::test]
async fn a_device_that_starts_from_nothing_gets_the_ring_and_counts_as_notified() {
    let world = World::with(1, &[("CALLS__RING_SECONDS", "5")]).await;
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
