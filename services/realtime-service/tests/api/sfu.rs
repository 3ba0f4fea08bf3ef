//! LiveKit away, LiveKit with other keys, LiveKit behind an ingress, and several of them.

mod clusters;
mod ingress;
mod keys;
mod outage;

use std::time::Duration;

use livekit_api::services::room::RoomClient;
use reqwest::Method;
use serde_json::json;
use testkit::{LiveKit, eventually};

use crate::world::{World, send};

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

/// How often LiveKit has confirmed a room.
const CREATED: &str = r#"sfu_requests_seconds_count{cluster="default",method="CreateRoom",outcome="ok"}"#;

#[tokio::test]
async fn without_livekit_nobody_is_sent_there_and_with_it_everything_goes_on() {
    let mut world = World::start().await;
    let token = world.token("ann", &["/rooms/standup", "/rooms/retro"]);
    assert_eq!(world.join("standup", &token).await.status, 201);
    world.livekit.stop().await;
    world.join("retro", &token).await.is_problem(503, "sfu_unavailable");
    let dry_run = send(world.request(Method::POST, "/rooms/retro/join?dry_run=true", &token)).await.json();
    assert_eq!(dry_run["allowed"], false);
    assert_eq!(dry_run["checks"][3], json!({ "check": "sfu", "passed": false, "code": "sfu_unavailable" }));
    eventually("readyz is degraded, and serves", BOUND, async || {
        let ready = world.manage("/readyz").await;
        ready.status == 200 && ready.json()["status"] == "degraded"
    })
    .await;
    world.join("standup", &token).await.is_problem(503, "sfu_unavailable");
    world.livekit.start_again().await.unwrap();
    // At the latest when LiveKit is no longer left alone.
    eventually("rooms are made again", BOUND, async || world.join("retro", &token).await.status == 201).await;
    eventually("readyz is ready again", BOUND, async || {
        world.manage("/readyz").await.json()["status"] == "ready"
    })
    .await;
}

#[tokio::test]
async fn a_livekit_that_was_started_again_is_told_of_its_rooms_anew() {
    let mut world =
        World::with(&[("LIMITS__JOINS_PER_MINUTE", "10000"), ("LIMITS__JOINS_BURST", "10000")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    assert_eq!(world.join("standup", &token).await.status, 201);
    world.livekit.start_again().await.unwrap();
    // What was asked while it was away may have it left alone for a moment.
    eventually("a join makes the room again", BOUND, async || {
        world.join("standup", &token).await.status == 201 && rooms(&world).await == ["realtime/standup"]
    })
    .await;
}

#[tokio::test]
async fn everybody_who_joins_a_new_room_at_once_waits_for_one_question() {
    let world = World::with(&[("LIMITS__JOINS_PER_MINUTE", "10000"), ("LIMITS__JOINS_BURST", "10000")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let joins = (0..40).map(|_| world.join("standup", &token));
    for answer in futures_util::future::join_all(joins).await {
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let asked = world.figure(CREATED).await;
    assert!((asked - 1.0).abs() < f64::EPSILON, "LiveKit was asked {asked} times");
}

/// The shortest times that the settings allow: an empty room of two seconds may close before a token for it is used.
#[tokio::test]
async fn no_token_is_given_for_an_empty_room_that_may_close_before_it_is_used() {
    let world = World::with(&[
        ("LIVEKIT__TOKEN_TTL_SECONDS", "30"),
        ("LIVEKIT__KNOWN_ROOM_SECONDS", "0"),
        ("LIVEKIT__EMPTY_TIMEOUT_SECONDS", "91"),
        ("LIVEKIT__DEPARTURE_TIMEOUT_SECONDS", "91"),
        ("LIMITS__JOINS_PER_MINUTE", "10000"),
        ("LIMITS__JOINS_BURST", "10000"),
    ])
    .await;
    let token = world.token("ann", &["/rooms/standup"]);
    assert_eq!(world.join("standup", &token).await.status, 201);
    let first = created(&world).await;
    eventually("the empty room is replaced", BOUND, async || {
        assert_eq!(world.join("standup", &token).await.status, 201);
        created(&world).await > first
    })
    .await;
}

#[tokio::test]
async fn livekit_with_another_secret_refuses_and_the_client_learns_no_more() {
    let world = World::with(&[("LIVEKIT__API_SECRET", "another-secret-than-livekit-has-0123456789")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let body = world.join("standup", &token).await.is_problem(502, "sfu_rejected");
    assert!(body.get("detail").is_none() && body.get("error").is_none(), "{body}");
}

#[tokio::test]
async fn a_livekit_that_does_not_answer_is_a_timeout() {
    // A listener that nobody accepts from: the connection stands, and no answer ever comes.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let world = World::with(&[("LIVEKIT__URL", &address), ("LIVEKIT__REQUEST_TIMEOUT_MS", "200")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    world.join("standup", &token).await.is_problem(504, "sfu_timeout");
}

async fn rooms(world: &World) -> Vec<String> {
    rooms_of(&world.livekit).await
}

/// The names of all rooms that a LiveKit has, in order.
async fn rooms_of(livekit: &LiveKit) -> Vec<String> {
    let rooms = client(livekit).list_rooms(Vec::new()).await.unwrap();
    let mut names: Vec<_> = rooms.into_iter().map(|room| room.name).collect();
    names.sort_unstable();
    names
}

fn client(livekit: &LiveKit) -> RoomClient {
    RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret)
}

/// When the only room was created, in milliseconds by LiveKit's clock.
async fn created(world: &World) -> i64 {
    client(&world.livekit).list_rooms(Vec::new()).await.unwrap()[0].creation_time_ms
}

/// Whether the LiveKit at `url` would let in who has the token: its own question for that.
async fn lets_in(world: &World, url: &str, token: &str) -> bool {
    let url = url.replacen("ws", "http", 1);
    send(world.http(Method::GET, &format!("{url}/rtc/validate?access_token={token}"))).await.status == 200
}
