//! Redis is out of memory.

use signal_protocol::{CallMedia, CallPhase, DeclineRequest, EndReason, KeyRequest};
use testkit::eventually;

use super::is_put_off;
use crate::world::{BOUND, World, invite};

#[tokio::test(flavor = "multi_thread")]
async fn without_memory_commands_are_refused_whole_reads_go_on_and_so_does_everything_once_there_is_some() {
    let world = World::with(2, &[("CALLS__UNSEEN_MS", "60000")]).await;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|user| world.device(user, "phone"));
    let witness = world.witness("bob", "phone").await;
    let call = ann.rings(&["bob"]).await.id;
    let maxmemory = async |bytes: &str| {
        world.redis.command(&["CONFIG", "SET", "maxmemory", bytes]).await.unwrap();
    };
    let before = world.state().await;
    maxmemory("1").await;
    is_put_off(bob.accepts(call).await);
    is_put_off(bob.client.accept(&bob.relay_with("request-0001"), call, &KeyRequest::default()).await);
    is_put_off(bob.client.decline(&bob.relay(), call, &DeclineRequest::default()).await);
    is_put_off(ann.cancels(call).await);
    is_put_off(eve.invites(&["bob"]).await);
    is_put_off(eve.client.block(&eve.relay(), &ann.user).await);
    assert_eq!(world.state().await, before, "something was half done");

    assert_eq!(ann.sees(call).await.unwrap().phase, CallPhase::Ringing);
    assert_eq!(bob.client.calls(&bob.relay()).await.unwrap().items.len(), 1);
    assert!(bob.client.history(&bob.relay(), None, None).await.unwrap().items.is_empty());
    assert_eq!(witness.story().await, ["ringing"]);

    maxmemory("0").await;
    // At once: nothing has to be noticed first.
    bob.client.accept(&bob.relay_with("request-0001"), call, &KeyRequest::default()).await.unwrap();
    assert_eq!(ann.hangs_up(call).await.unwrap().reason, Some(EndReason::Completed));
    assert_eq!(witness.story().await, ["ringing", "ended completed"]);
    world.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passes_without_memory_is_met_when_there_is_some() {
    let world = World::with(2, &[]).await;
    let ann = world.device("ann", "phone");
    let mut request = invite(&["bob"], CallMedia::Livekit);
    request.ring_seconds = Some(1);
    let call = ann.client.invite(&ann.relay(), &request).await.unwrap().call;
    world.redis.command(&["CONFIG", "SET", "maxmemory", "1"]).await.unwrap();
    eventually("it is overdue", BOUND, async || {
        world.store.timers(&world.tenant).await.unwrap().overdue == 1
    })
    .await;
    // Whether it is over cannot be written down, so it is neither said to be nor shown as going on.
    is_put_off(ann.sees(call.id).await);
    world.redis.command(&["CONFIG", "SET", "maxmemory", "0"]).await.unwrap();
    world.is_over().await;
    assert_eq!(ann.sees(call.id).await.unwrap().reason, Some(EndReason::Unreachable));
}
