//! Clients that speak the older events, over their own subprotocol.

use serde_json::{Value, json};
use signal_protocol::socket::SUBPROTOCOL_OF_OLDER_CLIENTS;
use testkit::eventually;

use crate::device::{Device, invite};
use crate::socket::{BOUND, Socket, handshake};
use crate::world::World;

/// As a browser makes it.
const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";

/// Where the application says who is in a room.
async fn world() -> World {
    world_with(&[]).await
}

async fn world_with(more: &[(&str, &str)]) -> World {
    let mut settings = vec![
        ("MEMBERSHIP__SOURCES", "http"),
        ("MEMBERSHIP__HTTP__URL", "{membership}"),
        ("MEMBERSHIP__HTTP__MEMBERS_URL", "{members}"),
        ("MEMBERSHIP__HTTP__TIMEOUT_MS", "1500"),
    ];
    settings.extend(more);
    let world = World::with_calls(&settings, &[]).await;
    for (room, user) in [("duo", "ann"), ("duo", "bob"), ("trio", "ann"), ("trio", "bob"), ("trio", "eve")] {
        world.membership.admit(room, user, "participant");
    }
    world
}

/// An older client of somebody.
async fn older(world: &World, user: &str) -> Socket {
    let request = handshake(&world.url, Some(SUBPROTOCOL_OF_OLDER_CLIENTS), None);
    let mut socket = Socket::by(request).await.unwrap();
    socket.hello(&world.token(user, &[]), "phone", None).await;
    socket
}

fn description(kind: &str) -> Value {
    json!({ "type": kind, "sdp": SDP })
}

#[tokio::test]
async fn a_call_between_two_older_clients_is_made_answered_and_ended() {
    let world = world().await;
    let (mut ann, mut bob) = (older(&world, "ann").await, older(&world, "bob").await);
    eventually("both are there", BOUND, async || {
        world.figure("signalling_welcomes_total{outcome=\"new\"} ").await >= 2.0
    })
    .await;
    ann.say(&json!({ "type": "call:initiate", "chatId": "duo", "offer": description("offer") })).await;
    let ring = bob.next_of("call:offer").await;
    assert_eq!(
        (&ring["chatId"], &ring["callerId"], &ring["offer"]["sdp"]),
        (&json!("duo"), &json!("ann"), &json!(SDP))
    );
    bob.say(&json!({ "type": "call:answer", "chatId": "duo", "answer": description("answer") })).await;
    assert_eq!(ann.next_of("call:answer").await["answer"]["sdp"], SDP);
    let candidate = json!({ "candidate": "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host", "sdpMid": "0", "sdpMLineIndex": 0 });
    for turn in 0..4 {
        let (from, to) = if turn % 2 == 0 { (&mut ann, &mut bob) } else { (&mut bob, &mut ann) };
        from.say(&json!({ "type": "call:ice-candidate", "chatId": "duo", "candidate": candidate })).await;
        assert_eq!(to.next_of("call:ice-candidate").await["candidate"]["candidate"], candidate["candidate"]);
    }
    ann.say(&json!({ "type": "call:end", "chatId": "duo" })).await;
    assert_eq!(bob.next_of("call:end").await["chatId"], "duo");
    eventually("nobody is in a call", BOUND, async || {
        Device::of(&world, "bob").live_calls().await.is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_chat_in_which_there_is_not_one_other_is_none_to_call() {
    let world = world().await;
    let (mut ann, mut eve) = (older(&world, "ann").await, older(&world, "eve").await);
    for (who, chat) in [("ann", "trio"), ("ann", "nowhere"), ("eve", "duo")] {
        let client = if who == "ann" { &mut ann } else { &mut eve };
        client.say(&json!({ "type": "call:initiate", "chatId": chat, "offer": description("offer") })).await;
        let error = client.next_of("call:error").await;
        assert_eq!((&error["message"], &error["chatId"]), (&json!("Access denied"), &json!(chat)), "{error}");
    }
}

#[tokio::test]
async fn looking_for_somebody_to_call_is_limited_like_calling_and_does_not_count_as_it() {
    let world = world_with(&[("LIMITS__INVITES_PER_MINUTE", "2")]).await;
    let mut ann = older(&world, "ann").await;
    let mut asks = async |chat: &str| {
        ann.say(&json!({ "type": "call:initiate", "chatId": chat, "offer": description("offer") })).await;
        ann.next_of("call:error").await["code"].take()
    };
    for code in ["access_denied", "access_denied", "rate_limited"] {
        assert_eq!(asks("trio").await, code);
    }
    assert_eq!(asks("duo").await, "rate_limited", "whatever the room is");
    let made = Device::of(&world, "ann").post_with("/calls", &invite(&["bob"], "p2p")).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn an_older_client_is_rejected_by_a_newer_one() {
    let world = world().await;
    let mut ann = older(&world, "ann").await;
    let (mut bob, _) = Socket::of(&world, "bob", "phone").await;
    ann.say(&json!({ "type": "call:initiate", "chatId": "duo", "offer": description("offer") })).await;
    let id = bob.event("call.ringing").await["call"]["id"].take();
    assert_eq!(bob.event("signal").await["payload"]["sdp"], SDP, "the offer comes with the ring");
    assert_eq!(bob.command("call.decline", &json!({ "call_id": id })).await["status"], 200);
    assert_eq!(ann.next_of("call:rejected").await["chatId"], "duo");
}
