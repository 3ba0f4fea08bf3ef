//! The gateway's question before every connection to LiveKit. The gateway itself, and LiveKit's own clients, are in the system tests.

pub(crate) mod asking;
pub(crate) mod tokens;

use std::time::Duration;

use chrono::SecondsFormat;
use clock::Clock;
use reqwest::Method;
use serde_json::json;
use testkit::{Redis, eventually};

use crate::world::{World, send};
use asking::{PATHS, ask, ask_in_query, ask_prefixed};
use tokens::Signer;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

/// A world in which rooms can be moderated, and the Redis that it needs.
async fn moderated(settings: &[(&str, &str)]) -> (World, Redis) {
    let redis = Redis::start().await.unwrap();
    let url = [("REDIS__URL", redis.url.as_str())];
    let world = World::with(&[&url[..], settings].concat()).await;
    (world, redis)
}

/// A LiveKit token as a member gets one.
async fn joined(world: &World, room: &str, token: &str) -> String {
    let answer = world.join(room, token).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["participant_token"].as_str().unwrap().to_owned()
}

/// Bans somebody or lifts the ban, as a moderator.
async fn moderate(world: &World, method: Method, room: &str, user: &str) {
    let moderator = world.token("mia", &[&format!("/rooms/{room}/moderator")]);
    let request = world.request(method, &format!("/rooms/{room}/bans/{user}"), &moderator).json(&json!({}));
    let answer = send(request).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
}

#[tokio::test]
async fn whoever_has_joined_may_connect_wherever_the_token_is_and_however_the_gateway_asks() {
    let (world, _redis) = moderated(&[]).await;
    let token = joined(&world, "standup", &world.token("ann", &["/rooms/standup"])).await;
    for path in PATHS {
        for answer in [
            ask(&world, path, &token).await,
            ask_in_query(&world, path, &token).await,
            ask_prefixed(&world, path, &token).await,
        ] {
            assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""), "{path}");
        }
    }
    assert!(world.figure("sfu_admissions_total{outcome=\"admitted\"}").await >= 12.0);
    assert!(!world.service.output().contains(&token));
}

#[tokio::test]
async fn what_livekit_would_not_take_is_refused_here_already() {
    let (world, _redis) = moderated(&[]).await;
    let member = world.token("ann", &["/rooms/standup"]);
    let signer = Signer::of(&world.livekit);
    let (foreign, good) = (Signer::foreign(), signer.token(&json!({})));
    assert_eq!(ask(&world, "/rtc", &good).await.status, 204);
    for (token, status, code) in [
        (String::new(), 401, "token_missing"),
        ("garbage".to_owned(), 401, "token_invalid"),
        (member, 401, "token_invalid"),
        (foreign.token(&json!({})), 401, "token_invalid"),
        (foreign.token(&json!({"iss": "foreign"})), 401, "token_invalid"),
        (signer.token(&json!({"exp": tokens::now() - 90})), 401, "token_expired"),
        (signer.token(&json!({"nbf": tokens::now() + 90})), 401, "token_invalid"),
        (signer.token(&json!({"video": {"roomCreate": true, "roomList": true}})), 403, "access_denied"),
        (signer.token(&json!({"video": {"roomJoin": true, "room": "standup"}})), 403, "access_denied"),
        (
            signer.token(&json!({"video": {"roomJoin": true, "room": "elsewhere/standup"}})),
            403,
            "access_denied",
        ),
        (signer.token(&json!({"sub": "EG_recorder"})), 403, "access_denied"),
    ] {
        ask(&world, "/rtc", &token).await.is_problem(status, code);
        ask_in_query(&world, "/rtc/v1", &token).await.is_problem(status, code);
        ask_prefixed(&world, "/rtc/v1/validate", &token).await.is_problem(status, code);
        assert!(token.is_empty() || !world.service.output().contains(&token));
    }
}

#[tokio::test]
async fn only_the_opening_of_a_connection_can_be_asked_about() {
    let (world, _redis) = moderated(&[]).await;
    let token = Signer::of(&world.livekit).token(&json!({}));
    for path in [
        "/RTC",
        "//rtc",
        "/rtc/",
        "/rtc%2Fv1",
        "/rtc/../rtc",
        "/twirp/livekit.RoomService/ListRooms",
        "/whip/v1",
        "/",
    ] {
        ask(&world, path, &token).await.is_problem(404, "not_found");
    }
    let prefixed = "/internal/sfu-admission/twirp/livekit.RoomService/ListRooms";
    world.get(prefixed, &token).await.is_problem(404, "not_found");
    let forwarded = |method: &str| {
        let request = world.request(Method::GET, "/internal/sfu-admission", &token);
        request.header("X-Forwarded-Uri", "/rtc").header("X-Forwarded-Method", method)
    };
    send(forwarded("POST")).await.is_problem(405, "method_not_allowed");
    send(world.request(Method::POST, "/internal/sfu-admission/rtc", &token))
        .await
        .is_problem(405, "method_not_allowed");
    world.get("/internal/sfu-admission", &token).await.blames(&["x-forwarded-method"]);
    send(forwarded("GET").header("X-Forwarded-Uri", "/rtc")).await.blames(&["x-forwarded-uri"]);
    send(forwarded("GET").header("Authorization", "Bearer other")).await.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn a_ban_is_for_one_person_in_one_room_and_outlives_every_token_from_before() {
    let (world, _redis) = moderated(&[]).await;
    let groups = ["/rooms/standup", "/rooms/retro"];
    let (bob, ann) = (world.token("bob", &groups), world.token("ann", &groups));
    let first = joined(&world, "standup", &bob).await;
    let elsewhere = joined(&world, "retro", &bob).await;
    let other = joined(&world, "standup", &ann).await;
    let signer = Signer::of(&world.livekit);
    let refreshed = || {
        signer.token(&json!({"sub": "bob:default", "video": {"roomJoin": true, "room": "realtime/standup"}}))
    };
    assert_eq!(ask(&world, "/rtc", &first).await.status, 204);

    moderate(&world, Method::PUT, "standup", "bob").await;
    for token in [&first, &refreshed(), &signer.token(&json!({"sub": "bob:another-device"}))] {
        ask(&world, "/rtc", token).await.is_problem(403, "banned");
        ask_in_query(&world, "/rtc/v1/validate", token).await.is_problem(403, "banned");
    }
    assert_eq!(ask(&world, "/rtc", &elsewhere).await.status, 204);
    assert_eq!(ask(&world, "/rtc", &other).await.status, 204);

    moderate(&world, Method::DELETE, "standup", "bob").await;
    // What LiveKit may have refreshed meanwhile was given by nobody who asked whether it may be.
    for token in [&first, &refreshed()] {
        ask(&world, "/rtc", token).await.is_problem(401, "token_invalid");
    }
    // A token tells its time in whole seconds: one of the second of the ban might be from before.
    eventually("a new join lets them in again", BOUND, async || {
        let again = joined(&world, "standup", &bob).await;
        ask(&world, "/rtc", &again).await.status == 204
    })
    .await;
    let before = signer.token(&json!({"sub": "bob:default", "nbf": tokens::now() - 60}));
    ask(&world, "/rtc", &before).await.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn what_is_kept_about_a_person_decides_and_what_cannot_be_read_is_no_yes() {
    let (world, redis) = moderated(&[]).await;
    let records = tokens::Records::of(&redis);
    let signer = Signer::of(&world.livekit);
    let [carl, dora, old] = ["carl", "dora", "carl"].map(|user| {
        let age = if user == "carl" { 0 } else { 30 };
        signer.token(&json!({"sub": format!("{user}:default"), "nbf": tokens::now() - age}))
    });
    assert_eq!(ask(&world, "/rtc", &old).await.status, 204);

    let soon = Clock::system().now() + Duration::from_secs(5);
    records
        .put(
            "signed-out",
            "carl",
            &json!({"schema": 1, "at": soon.to_rfc3339_opts(SecondsFormat::Millis, true)}),
        )
        .await;
    ask(&world, "/rtc", &carl).await.is_problem(401, "token_invalid");
    assert_eq!(ask(&world, "/rtc", &dora).await.status, 204);

    for (kind, id) in [("denial", "standup/dora"), ("signed-out", "dora")] {
        records.put(kind, id, &json!("nonsense")).await;
        ask(&world, "/rtc", &dora).await.is_problem(500, "internal");
        records.delete(kind, id).await;
        assert_eq!(ask(&world, "/rtc", &dora).await.status, 204);
    }
}

#[tokio::test]
async fn while_the_store_is_away_nobody_is_let_through_and_then_everybody_is_again() {
    let (world, mut redis) = moderated(&[]).await;
    let token = joined(&world, "standup", &world.token("ann", &["/rooms/standup"])).await;
    redis.stop().await;
    ask(&world, "/rtc", &token).await.is_problem(503, "store_unavailable");
    ask(&world, "/rtc", "garbage").await.is_problem(401, "token_invalid");
    redis.start_again().await.unwrap();
    eventually("it is let through again", BOUND, async || ask(&world, "/rtc", &token).await.status == 204)
        .await;
}

#[tokio::test]
async fn without_a_store_the_token_alone_decides() {
    let world = World::start().await;
    let token = joined(&world, "standup", &world.token("ann", &["/rooms/standup"])).await;
    assert_eq!(ask(&world, "/rtc", &token).await.status, 204);
    ask(&world, "/rtc", &Signer::foreign().token(&json!({}))).await.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn where_the_registry_alone_knows_members_nobody_else_connects() {
    let (world, _redis) = moderated(&[("MEMBERSHIP__SOURCES", "registry")]).await;
    // Nobody here has made them a member: whoever has signed this did not ask.
    let token = Signer::of(&world.livekit).token(&json!({}));
    ask(&world, "/rtc", &token).await.is_problem(403, "access_denied");
    let of_call =
        json!({"video": {"roomJoin": true, "room": "realtime/call-0198c5a0-7c3e-7d5a-8f00-0123456789ab"}});
    let of_call = Signer::of(&world.livekit).token(&of_call);
    assert_eq!(
        ask(&world, "/rtc", &of_call).await.status,
        204,
        "the rooms of calls belong to the call alone"
    );
}

#[tokio::test]
async fn while_keys_are_being_changed_those_before_are_good_too() {
    let (previous_key, previous_secret) = ("APIprevious", "the secret that was there before, long enough");
    let settings =
        [("LIVEKIT__API_KEY_PREVIOUS", previous_key), ("LIVEKIT__API_SECRET_PREVIOUS", previous_secret)];
    let (world, _redis) = moderated(&settings).await;
    let token = Signer { key: previous_key.to_owned(), secret: previous_secret.to_owned() }.token(&json!({}));
    assert_eq!(ask(&world, "/rtc", &token).await.status, 204);
}
