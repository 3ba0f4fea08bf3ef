//! Any number of replicas: each does what another began, and one that is gone is passed over.

use signal_protocol::{CallPhase, EndReason};
use testkit::Exit;

use crate::world::World;

#[tokio::test]
async fn every_step_of_a_call_may_go_to_another_replica() {
    let world = World::with(3, &[]).await;
    let ann = |replica| world.device_at(replica, "ann", "a");
    let bob = |replica| world.device_at(replica, "bob", "b");
    let call = ann(0).rings(&["bob"]).await.id;
    assert_eq!(bob(1).accepts(call).await.unwrap().phase, CallPhase::Active);
    assert_eq!(ann(2).hangs_up(call).await.unwrap().reason, Some(EndReason::Completed));
    let (by_one, mut by_other) = (ann(1).sees(call).await.unwrap(), bob(0).sees(call).await.unwrap());
    // All that differs is when it was looked at.
    by_other.server_now = by_one.server_now;
    assert_eq!(by_one, by_other);
}

#[tokio::test]
async fn a_client_goes_on_with_the_replicas_that_are_left() {
    let mut world = World::with(2, &[]).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    for replica in [0, 1] {
        world.replicas[replica].kill().await;
        assert_eq!(ann.sees(call).await.unwrap().phase, CallPhase::Ringing);
        assert_eq!(bob.sees(call).await.unwrap().phase, CallPhase::Ringing);
        world.replicas[replica].start_again().await;
    }
}

#[tokio::test]
async fn it_ends_in_order_when_told_to() {
    let mut world = World::start().await;
    world.device("ann", "a").rings(&["bob"]).await;
    assert_eq!(world.replicas[0].stop().await, Exit::Code(0));
}
