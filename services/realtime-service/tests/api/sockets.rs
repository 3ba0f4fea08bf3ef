//! Sockets: how they are opened, what they tell, and why they are closed.

use serde_json::{Value, json};
use testkit::eventually;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::device::{Device, invite};
use crate::socket::{BOUND, Socket, handshake};
use crate::world::World;

/// How a handshake is refused.
async fn refused(world: &World, subprotocols: Option<&str>, origin: Option<&str>) -> (u16, Value) {
    match Socket::by(handshake(&world.url, subprotocols, origin)).await.map(drop) {
        Err(Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            (response.status().as_u16(), serde_json::from_slice(body).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_followed_over_sockets_from_its_start_to_its_end() {
    let world = World::with_calls(&[], &[]).await;
    let (mut ann, welcome) = Socket::of(&world, "ann", "phone").await;
    assert_eq!(
        (&welcome["calls"], &welcome["signals"], &welcome["ping_ms"]),
        (&json!([]), &json!([]), &json!(20_000))
    );
    assert!(welcome.get("recovered").is_none() && welcome["session"].is_string(), "{welcome}");
    let (mut bob, _) = Socket::of(&world, "bob", "phone").await;
    let (mut laptop, _) = Socket::of(&world, "bob", "laptop").await;
    let made = ann.command("call.invite", &json!({ "body": invite(&["bob"], "p2p") })).await;
    assert_eq!((&made["status"], &made["body"]["reachable"]), (&json!(201), &json!(true)), "{made}");
    let id = made["body"]["call"]["id"].clone();
    assert_eq!(bob.event("call.ringing").await["call"]["id"], id);
    assert_eq!(laptop.event("call.ringing").await["call"]["id"], id);
    eventually("it is told that it rings", BOUND, async || {
        world.figure("events_errands_total{errand=\"Notified\",outcome=\"told\"} ").await >= 2.0
    })
    .await;
    let accepted = bob.command("call.accept", &json!({ "call_id": id })).await;
    assert_eq!(accepted["status"], 200, "{accepted}");
    assert_eq!(ann.event("call.accepted").await["user_id"], "bob");
    assert_eq!(laptop.event("call.stopped").await["reason"], "answered_elsewhere");
    let hung_up = ann.command("call.hangup", &json!({ "call_id": id })).await;
    assert_eq!(hung_up["body"]["call"]["reason"], "completed", "{hung_up}");
    assert_eq!(bob.event("call.ended").await["call"]["id"], id);
}

#[tokio::test]
async fn a_handshake_is_refused_before_anything_else_is_said() {
    let world = World::with_calls(&[("CORS__ORIGINS", "https://app.example.org")], &[]).await;
    let cases = [
        (None, None, 400, "subprotocol_required"),
        (Some("realtime.v2, chat"), None, 400, "subprotocol_required"),
        (Some("realtime.v1"), Some("https://evil.example.org"), 403, "origin_denied"),
        (Some("realtime.v1"), Some("null"), 403, "origin_denied"),
        (Some("realtime.v1"), Some("https://app.example.org:443"), 403, "origin_denied"),
    ];
    for (subprotocols, origin, status, code) in cases {
        let (found, problem) = refused(&world, subprotocols, origin).await;
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{origin:?}");
    }
    Device::of(&world, "ann").get("/ws").await.is_problem(426, "upgrade_required");
    let welcome = handshake(&world.url, Some("chat, realtime.v1"), Some("https://app.example.org"));
    assert!(Socket::by(welcome).await.is_ok());
}

#[tokio::test]
async fn each_fault_of_a_client_has_a_close_code_of_its_own() {
    let world = World::with_calls(&[("SIGNALLING__HELLO_SECONDS", "1")], &[]).await;
    let open = async || Socket::open(&world.url).await;

    let mut silent = open().await;
    assert_eq!(silent.closed().await, (4408, "hello_timeout".to_owned()));

    let mut early = open().await;
    early.say(&json!({ "type": "ping" })).await;
    assert_eq!(early.closed().await, (4401, "token_missing".to_owned()));

    let mut stranger = open().await;
    stranger.hello("guess", "phone", None).await;
    assert_eq!(stranger.closed().await, (4401, "token_invalid".to_owned()));

    let mut claims = world.claims("ann", &[]);
    claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 60);
    claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 120);
    let mut late = open().await;
    late.hello(&world.issuer.sign(&claims), "phone", None).await;
    assert_eq!(late.closed().await, (4401, "token_expired".to_owned()));

    for message in [
        Message::text(json!({ "type": "hello", "token": world.token("ann", &[]) }).to_string()),
        Message::binary(Bytes::from_static(b"{}")),
        Message::text(json!({ "type": "ack", "cursor": "garbage" }).to_string()),
        Message::text(json!({ "type": "shout" }).to_string()),
        Message::text("not json"),
    ] {
        let (mut socket, _) = Socket::of(&world, "ann", "phone").await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, (4400, "bad_message".to_owned()), "{message:?}");
    }

    let (mut long, _) = Socket::of(&world, "ann", "phone").await;
    long.send(Message::text("x".repeat(70_000))).await;
    assert_eq!(long.closed().await, (1009, "too_large".to_owned()));

    let (mut fast, _) = Socket::of(&world, "ann", "phone").await;
    for _ in 0..200 {
        fast.say(&json!({ "type": "ping" })).await;
    }
    assert_eq!(fast.closed().await, (4429, "rate_limited".to_owned()));

    let (mut polite, _) = Socket::of(&world, "ann", "phone").await;
    polite.say(&json!({ "type": "bye" })).await;
    assert_eq!(polite.closed().await, (1000, "bye".to_owned()));
}

#[tokio::test]
async fn a_socket_lives_as_long_as_its_token_and_longer_with_a_newer_one() {
    let world = World::with_calls(&[], &[]).await;
    let mut claims = world.claims("ann", &[]);
    claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 3);
    let short = world.issuer.sign(&claims);
    let (mut renewed, _) = Socket::resumed(&world.url, &short, "phone", None).await;
    let (mut lapsed, _) = Socket::resumed(&world.url, &short, "laptop", None).await;
    renewed.say(&json!({ "type": "authenticate", "token": world.token("ann", &[]) })).await;
    let authenticated = renewed.next_of("authenticated").await;
    assert!(authenticated["token_expires_at"].is_string());
    assert_eq!(lapsed.closed().await, (4401, "token_expired".to_owned()));
    let calls = renewed.command("call.invite", &json!({ "body": invite(&["bob"], "p2p") })).await;
    assert_eq!(calls["status"], 201, "{calls}");
    renewed.say(&json!({ "type": "authenticate", "token": world.token("eve", &[]) })).await;
    assert_eq!(renewed.closed().await, (4401, "token_invalid".to_owned()));
}

#[tokio::test]
async fn a_newer_socket_of_a_device_replaces_the_older_and_no_other() {
    let world = World::with_calls(&[], &[]).await;
    let (mut first, _) = Socket::of(&world, "ann", "phone").await;
    let (mut laptop, _) = Socket::of(&world, "ann", "laptop").await;
    let (mut second, _) = Socket::of(&world, "ann", "phone").await;
    assert_eq!(first.closed().await, (4409, "replaced".to_owned()));
    for socket in [&mut laptop, &mut second] {
        socket.say(&json!({ "type": "ping" })).await;
        assert_eq!(socket.next().await, json!({ "type": "pong" }));
    }
}

#[tokio::test]
async fn one_user_and_one_address_have_so_many_sockets_and_the_newest_is_refused() {
    let world = World::with_calls(
        &[("SIGNALLING__SOCKETS_PER_USER", "2"), ("SIGNALLING__SOCKETS_PER_ADDRESS", "3")],
        &[],
    )
    .await;
    let _phone = Socket::of(&world, "ann", "phone").await;
    let laptop = Socket::of(&world, "ann", "laptop").await;
    let mut tablet = Socket::open(&world.url).await;
    tablet.hello(&world.token("ann", &[]), "tablet", None).await;
    assert_eq!(tablet.closed().await, (4429, "too_many_connections".to_owned()));
    drop(laptop);
    eventually("there is room again", BOUND, async || {
        let mut tablet = Socket::open(&world.url).await;
        tablet.hello(&world.token("ann", &[]), "tablet", None).await;
        tablet.say(&json!({ "type": "bye" })).await;
        tablet.closed().await.0 == 1000
    })
    .await;

    let mut knocking = Vec::new();
    for _ in 0..3 {
        knocking.push(Socket::open(&world.url).await);
    }
    assert_eq!(Socket::open(&world.url).await.closed().await, (4429, "too_many_connections".to_owned()));
}

#[tokio::test]
async fn guessing_tokens_over_sockets_is_limited_as_over_http() {
    let world = World::with_calls(&[("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "2")], &[]).await;
    let guess = async || {
        let mut socket = Socket::open(&world.url).await;
        socket.hello("guess", "phone", None).await;
        socket.closed().await.0
    };
    assert_eq!([guess().await, guess().await, guess().await], [4401, 4401, 4429]);
    assert_eq!(Device::of(&world, "ann").get("/calls").await.status, 200);
    world.get("/calls", "guess").await.is_problem(429, "rate_limited");
    Socket::of(&world, "ann", "phone").await;
}

#[tokio::test]
async fn without_redis_a_newcomer_is_told_to_come_back_and_whoever_is_there_stays() {
    let mut world = World::with_calls(&[], &[]).await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    world.call_state().redis.stop().await;
    let mut bob = Socket::open(&world.url).await;
    bob.hello(&world.token("bob", &[]), "phone", None).await;
    assert_eq!(bob.closed().await, (1013, "store_unavailable".to_owned()));
    let refused = ann.command("call.invite", &json!({ "body": invite(&["bob"], "p2p") })).await;
    assert_eq!((&refused["status"], &refused["problem"]["code"]), (&json!(503), &json!("store_unavailable")));
}
