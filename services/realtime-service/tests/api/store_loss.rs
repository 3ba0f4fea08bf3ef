//! Redis hangs up, comes back empty, or is taken over by another server, while sockets are open: they stay open, and are told
//! what they have to know.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{RedisSentinel, eventually};
use tokio::time::timeout;
use uuid::Uuid;

use crate::device::invite;
use crate::socket::{BOUND, Socket};
use crate::world::World;

/// Within which events flow again is 5 s; twice that is for a machine on which everything runs at once.
const REPAIRED: Duration = Duration::from_secs(10);

/// Commands until it is carried out, with the same id, as a client does when the store is away for a moment.
async fn in_the_end(socket: &mut Socket, name: &str, more: &Value) -> Value {
    let request_id = Uuid::new_v4().to_string();
    eventually(name, BOUND, async || {
        let answer = socket.command_as(&request_id, name, more).await;
        let status = answer["status"].as_u64().unwrap();
        assert!(status < 300 || status == 503, "{answer}");
        if status < 300 { Ok(answer["body"].clone()) } else { Err(answer) }
    })
    .await
}

/// Calls, and waits until it rings; the id of the call.
async fn rings(from: &mut Socket, to: &mut Socket, callee: &str) -> Value {
    let made = in_the_end(from, "call.invite", &json!({ "body": invite(&[callee], "p2p") })).await;
    let began = Instant::now();
    let ring = timeout(REPAIRED, to.event("call.ringing")).await.expect("it rings in time");
    println!("it rang after {} ms", began.elapsed().as_millis());
    assert_eq!(ring["call"]["id"], made["call"]["id"]);
    made["call"]["id"].clone()
}

/// The next message that tells how things stand, on a socket that was welcomed already.
async fn begins_anew(socket: &mut Socket, session: &Value) -> Value {
    let welcome = socket.next_of("welcome").await;
    assert_eq!((&welcome["session"], &welcome["recovered"]), (session, &json!(false)), "{welcome}");
    welcome
}

#[tokio::test]
async fn sockets_outlive_the_connections_to_redis_and_miss_nothing() {
    let world = World::with_calls(&[], &[]).await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    let (mut bob, _) = Socket::of(&world, "bob", "phone").await;
    for _ in 0..3 {
        world.redis().command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await.unwrap();
        let body = json!({ "body": invite(&["bob"], "p2p") });
        let id = in_the_end(&mut ann, "call.invite", &body).await["call"]["id"].clone();
        // Nothing else is said: neither that something was lost, nor anything twice.
        let ring = timeout(REPAIRED, bob.next()).await.expect("it rings in time");
        assert_eq!((&ring["event"]["type"], &ring["event"]["call"]["id"]), (&json!("call.ringing"), &id));
        in_the_end(&mut ann, "call.cancel", &json!({ "call_id": id })).await;
        let end = timeout(REPAIRED, bob.next()).await.expect("it ends in time");
        assert_eq!((&end["event"]["type"], &end["event"]["call"]["id"]), (&json!("call.ended"), &id));
    }
}

#[tokio::test]
async fn a_redis_that_comes_back_empty_is_told_to_everybody_on_the_socket_that_they_have() {
    let mut world = World::with_calls(&[], &[]).await;
    let (mut ann, of_ann) = Socket::of(&world, "ann", "phone").await;
    let (mut bob, of_bob) = Socket::of(&world, "bob", "phone").await;
    rings(&mut ann, &mut bob, "bob").await;
    world.call_state().redis.stop().await;
    world.call_state().redis.start_again().await.unwrap();
    let began = Instant::now();
    for (socket, welcome) in [(&mut ann, of_ann), (&mut bob, of_bob)] {
        let anew = begins_anew(socket, &welcome["session"]).await;
        assert_eq!((&anew["calls"], &anew["signals"]), (&json!([]), &json!([])), "{anew}");
    }
    println!("both knew after {} ms", began.elapsed().as_millis());
    rings(&mut ann, &mut bob, "bob").await;
    rings_back(&mut bob, &mut ann).await;
}

/// The other way round, once the ring is declined.
async fn rings_back(from: &mut Socket, to: &mut Socket) {
    let calls = in_the_end(from, "call.invite", &json!({ "body": invite(&["cat"], "p2p") })).await;
    assert_eq!(calls["call"]["phase"], "ringing");
    assert_eq!(to.event("call.ended").await["call"]["reason"], "busy");
}

#[tokio::test]
async fn a_failover_is_told_with_the_calls_that_go_on() {
    let mut redis = RedisSentinel::start().await.unwrap();
    let url = redis.url.clone();
    let store = [("REDIS__URL", url.as_str()), ("REDIS__WAIT_REPLICAS", "1")];
    let world = World::with_calls(&store, &store).await;
    let (mut ann, of_ann) = Socket::of(&world, "ann", "phone").await;
    let (mut bob, of_bob) = Socket::of(&world, "bob", "phone").await;
    let id = rings(&mut ann, &mut bob, "bob").await;
    in_the_end(&mut bob, "call.accept", &json!({ "call_id": id })).await;
    redis.kill_primary().await.unwrap();
    let began = Instant::now();
    for (socket, welcome) in [(&mut ann, of_ann), (&mut bob, of_bob)] {
        let anew = begins_anew(socket, &welcome["session"]).await;
        assert_eq!((&anew["calls"][0]["id"], &anew["calls"][0]["phase"]), (&id, &json!("active")), "{anew}");
    }
    println!("both knew after {} ms", began.elapsed().as_millis());
    let body = json!({ "kind": "offer", "generation": 0, "payload": { "sealed": "AAAA" } });
    let sent = in_the_end(&mut ann, "signal.send", &json!({ "call_id": id, "body": body })).await;
    let signal = timeout(REPAIRED, bob.event("signal")).await.expect("it comes in time");
    assert_eq!(signal["signal_id"], sent["signal_id"]);
}
