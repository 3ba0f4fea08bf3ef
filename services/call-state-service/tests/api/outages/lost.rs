//! Commits that a failover takes back: whoever was told of one is told that it may not be so.

use signal_protocol::{Call, CallPhase, ErrorCode, EventBody};
use testkit::{RedisSentinel, eventually};
use tokio::time::Instant;

use super::reader::Reader;
use crate::world::{BOUND, Device, World, refused};

/// How many calls are made that nobody will know of.
const LOST: usize = 5;

/// Waits until both replicas have everything that the primary has.
async fn is_replicated(redis: &RedisSentinel) {
    let primary = redis.server(redis.primary().await.unwrap());
    eventually("both replicas have all of it", BOUND, async || {
        let role = primary.command(&["ROLE"]).await.unwrap();
        let replicas = role[2].as_array().unwrap().iter();
        let has: Vec<u64> = replicas.map(|replica| replica[2].as_str().unwrap().parse().unwrap()).collect();
        // They say so once a second, and the primary writes something itself meanwhile.
        if has.len() == 2 && has.iter().all(|has| has + 1_000 > role[1].as_u64().unwrap()) {
            Ok(())
        } else {
            Err(role.to_string())
        }
    })
    .await;
}

/// Has the primary go on without its replicas: what is written from now on it has alone.
async fn cut_off(redis: &RedisSentinel) {
    let primary = redis.primary().await.unwrap();
    for number in (0..3).filter(|number| *number != primary) {
        // It will not be let in again.
        redis.server(number).command(&["CONFIG", "SET", "masterauth", "wrong"]).await.unwrap();
    }
    let primary = redis.server(primary);
    primary.command(&["CLIENT", "KILL", "TYPE", "replica"]).await.unwrap();
    eventually("nobody follows it", BOUND, async || {
        let role = primary.command(&["ROLE"]).await.unwrap();
        if role[2].as_array().is_some_and(Vec::is_empty) { Ok(()) } else { Err(role.to_string()) }
    })
    .await;
}

/// Waits until another server is the primary.
async fn is_replaced(redis: &RedisSentinel, dead: usize) {
    eventually("another primary", BOUND, async || {
        let primary = redis.primary().await.unwrap();
        primary != dead
            && redis.server(primary).command(&["ROLE"]).await.is_ok_and(|role| role[0] == "master")
    })
    .await;
}

/// Makes calls, each of which its callee sees, and goes on to wait for more.
async fn calls_that_are_seen(world: &World<RedisSentinel>) -> Vec<(Device, Call, Reader)> {
    let mut calls = Vec::new();
    for number in 0..LOST {
        let [from, to] = ["caller", "callee"].map(|role| format!("{role}-{number}"));
        let device = world.device(&from, "phone");
        let reader = Reader::start(world, &to).await;
        let call = device.rings(&[&to]).await;
        reader.has_seen(|event| matches!(event.body, EventBody::Ringing { .. })).await;
        calls.push((device, call, reader));
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_saw_what_a_failover_took_back_is_told_within_seconds() {
    let redis = RedisSentinel::start().await.unwrap();
    let url = redis.url.clone();
    let mut world = World::over(redis, &url, 2, &[]).await;
    let [ann, bob] = ["ann", "bob"].map(|user| world.device(user, "phone"));
    let kept = ann.rings(&["bob"]).await;
    is_replicated(&world.redis).await;
    // Two who read as things happen, and two who only ask when somebody asks them to.
    let readers = [Reader::start(&world, "ann").await, Reader::start(&world, "bob").await];
    let witnesses = [world.witness("ann", "watch").await, world.witness("bob", "watch").await];

    cut_off(&world.redis).await;
    let accepted = bob.accepts(kept.id).await.unwrap();
    readers[0].has_seen(|event| matches!(event.body, EventBody::Accepted { .. })).await;
    // Another device of his: its ring stops.
    readers[1].has_seen(|event| matches!(event.body, EventBody::Stopped { .. })).await;
    let mut places = Vec::new();
    for witness in &witnesses {
        let reading = witness.reading().await;
        assert!(reading.recovered && !reading.events.is_empty(), "{reading:?}");
        places.push(reading.cursor);
    }
    let lost = calls_that_are_seen(&world).await;
    let everybody = || readers.iter().chain(lost.iter().map(|(_, _, reader)| reader));
    assert!(!everybody().any(Reader::is_told), "nothing is lost yet");

    let dead = world.redis.kill_primary().await.unwrap();
    let since = Instant::now();
    is_replaced(&world.redis, dead).await;
    let replaced = Instant::now();
    for reader in everybody() {
        reader.is_told_in_time().await;
    }
    println!(
        "{} commits lost; everybody who saw one told {} ms after the kill, {} ms after the failover",
        1 + lost.len(),
        since.elapsed().as_millis(),
        replaced.elapsed().as_millis()
    );

    // They were lost, every one of them.
    let seen = eventually("it serves again", BOUND, async || {
        ann.sees(kept.id).await.map_err(|error| format!("{error:?}"))
    })
    .await;
    assert_eq!((seen.phase, seen.version), (CallPhase::Ringing, kept.version));
    assert!(accepted.version > seen.version);
    for (device, call, _) in &lost {
        assert_eq!(refused(device.sees(call.id).await).code, ErrorCode::CallNotFound);
    }
    // Other events are where those were that are gone. Nobody takes them for what comes next.
    bob.accepts(kept.id).await.unwrap();
    ann.hangs_up(kept.id).await.unwrap();
    for (witness, place) in witnesses.iter().zip(&places) {
        for reading in [witness.reading().await, witness.reading_after(place).await] {
            assert!(!reading.recovered && reading.events.is_empty(), "{reading:?}");
        }
    }
    // Nobody is busy with what is gone.
    for (device, call, reader) in &lost {
        let again = device.rings(&[&reader.user]).await;
        assert_ne!(again.id, call.id);
        device.cancels(again.id).await.unwrap();
    }
    world.is_over().await;
}
