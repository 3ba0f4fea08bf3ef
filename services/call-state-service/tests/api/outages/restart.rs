//! Redis is restarted, or forgets its scripts.

use signal_protocol::{CallPhase, EndReason, EventBody};
use testkit::{Redis, eventually};

use super::reader::Reader;
use crate::world::{BOUND, World};

/// No timer that changes a call runs out meanwhile.
const PATIENT: [(&str, &str); 2] = [("CALLS__UNSEEN_MS", "60000"), ("CALLS__CONNECT_SECONDS", "600")];

/// Everything that must not change, which the epoch must.
async fn records(world: &World) -> Vec<String> {
    let mut state = world.state().await;
    state.retain(|line| !line.contains("}:epoch "));
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_on_after_a_power_cut_of_redis_and_everybody_is_told_to_look_again() {
    let redis = Redis::configured(&["appendonly yes"]).await.unwrap();
    let mut world = World::on(redis, 2, &PATIENT).await;
    let [ann, bob, eve, dan] = ["ann", "bob", "eve", "dan"].map(|user| world.device(user, "phone"));
    let mut readers = Vec::new();
    for user in ["ann", "bob", "eve", "dan"] {
        readers.push(Reader::start(&world, user).await);
    }
    let ringing = ann.rings(&["bob"]).await.id;
    let talking = eve.rings(&["dan"]).await.id;
    let active = dan.accepts(talking).await.unwrap();
    readers[1].has_seen(|event| matches!(event.body, EventBody::Ringing { .. })).await;
    readers[2].has_seen(|event| matches!(event.body, EventBody::Accepted { .. })).await;
    let before = records(&world).await;

    world.redis.kill().await;
    world.redis.start_again().await.unwrap();
    for reader in &readers {
        reader.is_told_in_time().await;
    }
    assert_eq!(records(&world).await, before, "something was lost");

    let seen = eventually("it serves again", BOUND, async || {
        eve.sees(talking).await.map_err(|error| format!("{error:?}"))
    })
    .await;
    assert_eq!((seen.phase, seen.version), (active.phase, active.version));
    for replica in &world.replicas {
        replica.is_ready().await;
    }
    assert_eq!(bob.accepts(ringing).await.unwrap().phase, CallPhase::Active);
    for (call, device) in [(ringing, &ann), (talking, &eve)] {
        assert_eq!(device.hangs_up(call).await.unwrap().reason, Some(EndReason::Completed));
    }
    world.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_that_redis_forgets_in_the_middle_of_a_call_are_not_missed() {
    let world = World::with(2, &[]).await;
    let [ann, bob] = ["ann", "bob"].map(|user| world.device(user, "phone"));
    let witness = world.witness("bob", "phone").await;
    let forget = async || world.redis.command(&["SCRIPT", "FLUSH"]).await.unwrap();
    forget().await;
    let call = ann.rings(&["bob"]).await.id;
    forget().await;
    bob.accepts(call).await.unwrap();
    forget().await;
    ann.sees(call).await.unwrap();
    forget().await;
    ann.hangs_up(call).await.unwrap();
    // And what nobody asks for.
    let mut request = crate::world::invite(&["bob"], signal_protocol::CallMedia::Livekit);
    request.ring_seconds = Some(1);
    ann.client.invite(&ann.relay(), &request).await.unwrap();
    forget().await;
    eventually("the ring ends", BOUND, async || {
        let story = witness.story().await;
        if story.len() < 4 { Err(format!("{story:?}")) } else { Ok(()) }
    })
    .await;
    world.is_over().await;
}
