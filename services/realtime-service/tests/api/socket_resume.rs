//! Going on where one was: after a cut, on another replica, by the other transport.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Exit, eventually};

use crate::device::{Device, MANY_INVITES, invite};
use crate::socket::{BOUND, Socket};
use crate::world::World;

/// The cursor that is in an answer, a welcome or an event.
fn cursor(of: &Value) -> &str {
    of["cursor"].as_str().unwrap()
}

#[tokio::test]
async fn what_happened_between_two_sockets_is_told_in_order_by_the_second() {
    let world = World::with_calls(&[], &[]).await;
    let (bob, welcome) = Socket::of(&world, "bob", "phone").await;
    drop(bob);
    let ann = Device::of(&world, "ann");
    let id = ann.calls(&["bob"], "p2p").await;
    ann.does(&id, "cancel").await;
    let token = world.token("bob", &[]);
    let (mut bob, back) = Socket::resumed(&world.url, &token, "phone", Some(cursor(&welcome))).await;
    assert_eq!((&back["recovered"], back.get("calls")), (&json!(true), None), "{back}");
    let (ring, end) = (bob.event("call.ringing").await, bob.event("call.ended").await);
    assert_eq!((&ring["call"]["id"], &end["call"]["id"]), (&json!(id), &json!(id)));
    drop(bob);
    let (_, rest) = Socket::resumed(&world.url, &token, "phone", Some(cursor(&end))).await;
    assert_eq!(rest["recovered"], true);
}

#[tokio::test]
async fn a_cursor_that_cannot_be_served_is_answered_with_the_state_of_things() {
    let world = World::with_calls(&[], &[]).await;
    let (_ann, of_ann) = Socket::of(&world, "ann", "phone").await;
    let id = Device::of(&world, "ann").calls(&["bob"], "p2p").await;
    for after in ["garbage", cursor(&of_ann)] {
        let (_bob, lost) = Socket::resumed(&world.url, &world.token("bob", &[]), "phone", Some(after)).await;
        assert_eq!((&lost["recovered"], &lost["calls"][0]["id"]), (&json!(false), &json!(id)), "{lost}");
        assert_eq!(lost["signals"], json!([]));
    }
}

#[tokio::test]
async fn a_client_changes_between_socket_and_polling_and_misses_nothing() {
    let world = World::with_calls(&[], &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let start = bob.get("/events").await.json();
    let first = ann.calls(&["bob"], "p2p").await;
    let (mut socket, welcome) =
        Socket::resumed(&world.url, &world.token("bob", &[]), "phone", Some(cursor(&start))).await;
    assert_eq!(welcome["recovered"], true);
    let ring = socket.event("call.ringing").await;
    assert_eq!(ring["call"]["id"], first.as_str());
    drop(socket);
    ann.does(&first, "cancel").await;
    let polled = bob.get(&format!("/events?after={}&wait=20", cursor(&ring))).await.json();
    assert_eq!((&polled["recovered"], &polled["events"][0]["type"]), (&json!(true), &json!("call.ended")));
    let second = ann.calls(&["bob"], "p2p").await;
    let (mut socket, _) =
        Socket::resumed(&world.url, &world.token("bob", &[]), "phone", Some(cursor(&polled))).await;
    assert_eq!(socket.event("call.ringing").await["call"]["id"], second.as_str());
}

#[tokio::test]
async fn signals_go_from_one_device_to_the_other_over_whichever_replica() {
    let world = World::with_calls(&[], &[]).await;
    let other = world.replica(&[]).await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    let (mut bob, _) = Socket::resumed(&other.url, &world.token("bob", &[]), "phone", None).await;
    let made = ann.command("call.invite", &json!({ "body": invite(&["bob"], "p2p") })).await;
    let id = made["body"]["call"]["id"].clone();
    bob.event("call.ringing").await;
    bob.command("call.accept", &json!({ "call_id": id })).await;
    for number in 0..20 {
        let candidate = format!("candidate:{number} 1 udp 2122260223 192.0.2.7 5000{} typ host", number % 10);
        let payload = json!({ "candidates": [{ "candidate": candidate, "sdp_mid": "0" }] });
        let body = json!({ "kind": "candidates", "generation": 0, "payload": payload });
        let (from, to) = if number % 2 == 0 { (&mut ann, &mut bob) } else { (&mut bob, &mut ann) };
        let sent = from.command("signal.send", &json!({ "call_id": id, "body": body })).await;
        assert_eq!(sent["status"], 202, "{sent}");
        let signal = to.event("signal").await;
        assert_eq!((&signal["signal_id"], &signal["payload"]), (&sent["body"]["signal_id"], &payload));
    }
}

#[tokio::test]
async fn a_device_that_connects_elsewhere_is_replaced_here() {
    let world = World::with_calls(&[], &[]).await;
    let other = world.replica(&[]).await;
    let (mut first, _) = Socket::of(&world, "ann", "phone").await;
    let (mut second, welcome) = Socket::resumed(&other.url, &world.token("ann", &[]), "phone", None).await;
    assert_eq!(first.closed().await, (4409, "replaced".to_owned()));
    // One that goes on from a cursor replaces as well.
    let token = world.token("ann", &[]);
    let (mut third, _) = Socket::resumed(&world.url, &token, "phone", Some(cursor(&welcome))).await;
    assert_eq!(second.closed().await, (4409, "replaced".to_owned()));
    third.say(&json!({ "type": "ping" })).await;
    assert_eq!(third.next_of("pong").await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn whoever_has_a_socket_is_reachable_and_no_more_once_it_is_gone() {
    let world = World::with_calls(&MANY_INVITES, &[]).await;
    let ann = Device::of(&world, "ann");
    assert!(!ann.reaches("bob").await);
    let (bob, _) = Socket::of(&world, "bob", "phone").await;
    eventually("bob is there", BOUND, async || ann.reaches("bob").await).await;
    drop(bob);
    // At once, and not after 9 s, when a lease would have run out: it is known that he left.
    eventually("bob is gone", Duration::from_secs(8), async || !ann.reaches("bob").await).await;
}

#[tokio::test]
async fn an_acknowledged_cursor_is_where_one_may_go_on() {
    let world = World::with_calls(&[], &[]).await;
    let (mut bob, welcome) = Socket::of(&world, "bob", "phone").await;
    bob.say(&json!({ "type": "ack", "cursor": cursor(&welcome) })).await;
    Device::of(&world, "ann").calls(&["bob"], "p2p").await;
    let ring = bob.event("call.ringing").await;
    bob.say(&json!({ "type": "ack", "cursor": cursor(&ring) })).await;
    bob.say(&json!({ "type": "ping" })).await;
    assert_eq!(bob.next_of("pong").await["type"], "pong", "neither is refused");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go_holds_up_nobody_and_loses_nothing() {
    let settings = [
        ("SIGNALLING__STALL_SECONDS", "1"),
        ("SIGNALLING__PING_IN_CALL_SECONDS", "15"),
        ("LIMITS__SIGNALS_PER_SECOND", "1000"),
        ("LIMITS__SIGNALS_BURST", "1000"),
        ("LIMITS__SIGNAL_BYTES_PER_MINUTE", "100000000"),
        ("LIMITS__INVITES_PER_MINUTE", "100"),
        ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "100"),
    ];
    let world = World::with_calls(&settings, &[]).await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let (mut eve, _) = Socket::of(&world, "eve", "phone").await;
    let mut slow = Socket::narrow(&world.url).await;
    slow.hello(&world.token("bob", &[]), "phone", None).await;
    let welcome = slow.next().await;
    // More than the buffers of two kernels hold between them, which takes more than one call may carry.
    let body = json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": "A".repeat(48_000) } });
    let mut sent = Vec::new();
    for _ in 0..12 {
        let id = ann.calls(&["bob"], "p2p").await;
        bob.does(&id, "accept").await;
        for _ in 0..21 {
            let answer = ann.post_with(&format!("/calls/{id}/signals"), &body).await;
            assert_eq!(answer.status, 202, "{}", answer.text);
            sent.push(answer.json()["signal_id"].clone());
        }
        ann.does(&id, "hangup").await;
    }
    eventually("the slow one is let go", BOUND, async || {
        world.figure("signalling_sockets_closed_total{reason=\"too_slow\"} ").await >= 1.0
    })
    .await;
    eve.say(&json!({ "type": "ping" })).await;
    assert_eq!(eve.next().await, json!({ "type": "pong" }));
    drop(slow);
    let token = world.token("bob", &[]);
    let (mut bob, back) = Socket::resumed(&world.url, &token, "phone", Some(cursor(&welcome))).await;
    assert_eq!(back["recovered"], true);
    for id in sent {
        assert_eq!(bob.event("signal").await["signal_id"], id);
    }
}

#[tokio::test]
async fn a_server_that_ends_tells_its_clients_and_closes_their_sockets() {
    let world = World::with_calls(&[], &[]).await;
    let ending = world.replica(&[("SIGNALLING__DRAIN_SECONDS", "2")]).await;
    let mut sockets = Vec::new();
    for device in ["phone", "laptop", "tablet"] {
        let token = world.token("ann", &[]);
        sockets.push(Socket::resumed(&ending.url, &token, device, None).await.0);
    }
    let mut strangers = vec![Socket::open(&ending.url).await];
    ending.process.terminate();
    for socket in &mut sockets {
        let after = socket.next_of("drain").await["after_ms"].as_u64().unwrap();
        assert!(after <= 2_000, "{after}");
    }
    for socket in sockets.iter_mut().chain(&mut strangers) {
        assert_eq!(socket.closed().await, (1012, "restart".to_owned()));
    }
    let token = world.token("ann", &[]);
    Socket::resumed(&world.url, &token, "phone", None).await;
    assert_eq!(ending.process.exit().await, Exit::Code(0), "{}", ending.process.output());
}
