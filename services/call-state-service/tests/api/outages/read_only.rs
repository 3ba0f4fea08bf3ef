//! Redis takes no changes: too few replicas follow it, or it is told to follow another.

use signal_protocol::{CallPhase, EndReason, EventBody};
use testkit::eventually;

use super::is_put_off;
use super::reader::Reader;
use crate::world::{BOUND, World};

const PATIENT: (&str, &str) = ("CALLS__UNSEEN_MS", "60000");

#[tokio::test(flavor = "multi_thread")]
async fn with_too_few_replicas_commands_are_refused_whole_and_reads_go_on() {
    let world = World::with(2, &[PATIENT]).await;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|user| world.device(user, "phone"));
    let call = ann.rings(&["bob"]).await.id;
    let at_least = async |replicas: &str| {
        world.redis.command(&["CONFIG", "SET", "min-replicas-to-write", replicas]).await.unwrap();
    };
    let before = world.state().await;
    at_least("1").await;
    is_put_off(bob.accepts(call).await);
    is_put_off(ann.cancels(call).await);
    is_put_off(eve.invites(&["bob"]).await);
    assert_eq!(world.state().await, before, "something was half done");
    assert_eq!(bob.sees(call).await.unwrap().phase, CallPhase::Ringing);

    at_least("0").await;
    assert_eq!(bob.accepts(call).await.unwrap().phase, CallPhase::Active);
    assert_eq!(ann.hangs_up(call).await.unwrap().reason, Some(EndReason::Completed));
    world.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_follows_another_is_neither_written_to_nor_believed() {
    let world = World::with(2, &[PATIENT]).await;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|user| world.device(user, "phone"));
    let reader = Reader::start(&world, "bob").await;
    let call = ann.rings(&["bob"]).await.id;
    reader.has_seen(|event| matches!(event.body, EventBody::Ringing { .. })).await;
    let before = world.state().await;
    // Of nobody, so that it keeps what it has.
    world.redis.command(&["REPLICAOF", "127.0.0.1", "1"]).await.unwrap();
    is_put_off(bob.accepts(call).await);
    is_put_off(ann.cancels(call).await);
    is_put_off(eve.invites(&["bob"]).await);
    eventually("nothing is read from it", BOUND, async || bob.sees(call).await.is_err()).await;
    is_put_off(bob.sees(call).await);
    assert_eq!(world.state().await, before, "something was half done");

    world.redis.command(&["REPLICAOF", "NO", "ONE"]).await.unwrap();
    // It may have had another one's records meanwhile.
    reader.is_told_in_time().await;
    let accepted = eventually("it serves again", BOUND, async || {
        bob.accepts(call).await.map_err(|error| format!("{error:?}"))
    })
    .await;
    assert_eq!(accepted.phase, CallPhase::Active);
    assert_eq!(ann.hangs_up(call).await.unwrap().reason, Some(EndReason::Completed));
    world.is_over().await;
}
