//! The tenant's slot moves from one primary of a Cluster to another.

use signal_protocol::{CallMedia, CallPhase, EndReason, EventBody};
use testkit::{RedisCluster, eventually};

use super::is_put_off;
use super::load::Load;
use super::reader::Reader;
use crate::world::{BOUND, World, invite, state_of};

/// No timer that changes a call runs out meanwhile.
const PATIENT: [(&str, &str); 2] = [("CALLS__UNSEEN_MS", "60000"), ("CALLS__CONNECT_SECONDS", "600")];

async fn world(settings: &[(&str, &str)]) -> World<RedisCluster> {
    let redis = RedisCluster::start().await.unwrap();
    let url = redis.url.clone();
    World::over(redis, &url, 2, settings).await
}

/// The tenant's slot, and the primary to move it to.
async fn move_of(world: &World<RedisCluster>) -> (u16, usize) {
    let slot = world.redis.slot("{t:realtime}").await.unwrap();
    (slot, (world.redis.owner(slot) + 1) % 3)
}

/// Every record wherever it is, but not whose they are: that is another epoch.
async fn records(world: &World<RedisCluster>) -> Vec<String> {
    let mut records = Vec::new();
    for node in 0..3 {
        records.extend(state_of(world.redis.node(node)).await);
    }
    records.retain(|line| !line.contains("}:epoch "));
    records.sort_unstable();
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_slot_moves_commands_are_put_off_whole_and_then_go_on_with_the_same_records() {
    let mut world = world(&PATIENT).await;
    let [ann, bob, eve, dan] = ["ann", "bob", "eve", "dan"].map(|user| world.device(user, "phone"));
    let reader = Reader::start(&world, "bob").await;
    let ringing = ann.rings(&["bob"]).await.id;
    let talking = eve.rings(&["dan"]).await.id;
    let active = dan.accepts(talking).await.unwrap();
    reader.has_seen(|event| matches!(event.body, EventBody::Ringing { .. })).await;
    let before = records(&world).await;
    let put_off = async || {
        is_put_off(bob.accepts(ringing).await);
        is_put_off(ann.cancels(ringing).await);
        is_put_off(eve.hangs_up(talking).await);
        is_put_off(world.device("fay", "phone").invites(&["gus"]).await);
    };

    let (slot, to) = move_of(&world).await;
    world.redis.start_moving(slot, to).await.unwrap();
    // What is new may be there or on its way, and what every change writes comes first.
    is_put_off(world.device("fay", "phone").invites(&["gus"]).await);
    world.redis.move_these(&["{t:realtime}:timers"], slot, to).await.unwrap();
    loop {
        put_off().await;
        assert_eq!(records(&world).await, before, "something was half done");
        if world.redis.move_keys(slot, to, 4).await.unwrap() == 0 {
            break;
        }
    }
    world.redis.finish_moving(slot, to).await.unwrap();
    assert_eq!(records(&world).await, before, "something was lost on the way");

    // Another server, another epoch.
    reader.is_told_in_time().await;
    let seen = eventually("the new primary serves", BOUND, async || {
        eve.sees(talking).await.map_err(|error| format!("{error:?}"))
    })
    .await;
    assert_eq!((seen.phase, seen.version), (active.phase, active.version));
    let accepted = eventually("and by every replica", BOUND, async || {
        bob.accepts(ringing).await.map_err(|error| format!("{error:?}"))
    })
    .await;
    assert_eq!(accepted.phase, CallPhase::Active);
    for (call, device) in [(ringing, &ann), (talking, &dan)] {
        assert_eq!(device.hangs_up(call).await.unwrap().reason, Some(EndReason::Completed));
    }
    // And what nobody asks for.
    let mut request = invite(&["bob"], CallMedia::Livekit);
    request.ring_seconds = Some(1);
    ann.client.invite(&ann.relay(), &request).await.unwrap();
    world.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_under_load_takes_no_acknowledged_command_with_it() {
    let mut world = world(&[]).await;
    let load = Load::start(&world);
    load.goes_on().await;
    for _ in 0..testkit::rounds(1, 10) {
        let (slot, to) = move_of(&world).await;
        world.redis.start_moving(slot, to).await.unwrap();
        while world.redis.move_keys(slot, to, 1).await.unwrap() > 0 {}
        world.redis.finish_moving(slot, to).await.unwrap();
        load.goes_on().await;
    }
    println!("{} acknowledged commands, none lost", load.lost_nothing(&world).await);
}
