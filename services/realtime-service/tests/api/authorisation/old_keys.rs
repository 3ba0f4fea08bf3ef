//! Keys to rooms that somebody got while they were somebody: they open nothing once that is over, however close the two were.

use std::time::Duration;

use chrono::SecondsFormat;
use clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{MembershipMode, RoomGuest, eventually};

use crate::revocation::{CLIENTS, logout_claims, say};
use crate::sfu_admission::asking::ask;
use crate::sfu_admission::tokens::{Records, Signer, now};
use crate::socket::BOUND;
use crate::world::{Answer, World, send};

/// Rooms are kept here, and an application is asked before.
const SOURCES: [(&str, &str); 4] = [
    ("MEMBERSHIP__SOURCES", "token_claims,http,registry"),
    ("MEMBERSHIP__HTTP__URL", "{membership}"),
    ("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0"),
    ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0"),
];

/// So slow is the application: slower than what happens meanwhile, and not too slow.
const SLOW: Duration = Duration::from_millis(700);

async fn as_root(world: &World, method: Method, path: &str, body: &Value) -> Answer {
    let mut claims = world.claims("root", &[]);
    claims["realm_access"] = json!({ "roles": ["realtime-admin"] });
    send(world.request(method, path, &world.issuer.sign(&claims)).json(body)).await
}

/// Makes `standup` with one member.
async fn makes(world: &World, member: &str) {
    let made = as_root(world, Method::PUT, "/rooms/standup", &json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    adds(world, member).await;
}

async fn adds(world: &World, member: &str) {
    let path = format!("/rooms/standup/members/{member}");
    let added = as_root(world, Method::PUT, &path, &json!({ "role": "presenter" })).await;
    assert_eq!(added.status, 201, "{}", added.text);
}

async fn deletes(world: &World) {
    let deleted = as_root(world, Method::DELETE, "/rooms/standup", &json!({})).await;
    assert_eq!(deleted.status, 204, "{}", deleted.text);
}

fn pass(joined: &Answer) -> String {
    assert_eq!(joined.status, 201, "{}", joined.text);
    joined.json()["participant_token"].as_str().unwrap().to_owned()
}

/// Waits until a join of `user` gives a key that opens the room.
async fn gets_in(world: &World, user: &str) {
    eventually("a new join lets them in", BOUND, async || {
        let joined = world.join("standup", &world.token(user, &[])).await;
        ask(world, "/rtc", &pass(&joined)).await.status == 204
    })
    .await;
}

#[tokio::test]
async fn a_key_to_a_room_that_was_deleted_does_not_open_the_next_one_of_its_name() {
    let world = World::with_store(&SOURCES).await;
    makes(&world, "bob").await;
    let old = pass(&world.join("standup", &world.token("bob", &[])).await);
    assert_eq!(ask(&world, "/rtc", &old).await.status, 204);
    deletes(&world).await;
    ask(&world, "/rtc", &old).await.is_problem(401, "token_invalid");
    makes(&world, "mona").await;
    gets_in(&world, "mona").await;
    ask(&world, "/rtc", &old).await.is_problem(401, "token_invalid");
    // What LiveKit may have refreshed while it was told to close the room.
    let refreshed = json!({ "sub": "bob:default", "nbf": now() });
    let refreshed = Signer::of(&world.livekit).token(&refreshed);
    ask(&world, "/rtc", &refreshed).await.is_problem(401, "token_invalid");
    world.join("standup", &world.token("bob", &[])).await.is_problem(404, "room_not_found");
    // A member of the new one is let in at once, by a join.
    adds(&world, "bob").await;
    gets_in(&world, "bob").await;
}

#[tokio::test]
async fn a_ban_outlives_the_room_that_it_was_for() {
    let world = World::with_store(&SOURCES).await;
    makes(&world, "bob").await;
    assert_eq!(as_root(&world, Method::PUT, "/rooms/standup/bans/bob", &json!({})).await.status, 204);
    deletes(&world).await;
    makes(&world, "bob").await;
    world.join("standup", &world.token("bob", &[])).await.is_problem(403, "banned");
}

/// Bob has begun to join `standup`, and `meanwhile` happens before he is through. What his join is answered.
async fn joins_while(world: &World, meanwhile: impl Future<Output = ()>) -> Answer {
    let token = world.token("bob", &[]);
    world.membership.behave(MembershipMode::Slow(SLOW));
    let asked = world.membership.seen().len();
    let happening = async {
        eventually("the join is under way", BOUND, async || world.membership.seen().len() > asked).await;
        meanwhile.await;
    };
    let (joined, ()) = tokio::join!(world.join("standup", &token), happening);
    world.membership.behave(MembershipMode::Honest);
    joined
}

#[tokio::test]
async fn a_join_that_began_before_the_end_of_the_room_gives_no_key_to_it() {
    let world = World::with_store(&SOURCES).await;
    makes(&world, "bob").await;
    let joined = joins_while(&world, deletes(&world)).await;
    makes(&world, "mona").await;
    gets_in(&world, "mona").await;
    if joined.status == 201 {
        ask(&world, "/rtc", &pass(&joined)).await.is_problem(401, "token_invalid");
    }
}

#[tokio::test]
async fn a_join_that_began_before_a_ban_gives_no_key_for_afterwards() {
    let world = World::with_store(&SOURCES).await;
    makes(&world, "bob").await;
    let ban = async {
        assert_eq!(as_root(&world, Method::PUT, "/rooms/standup/bans/bob", &json!({})).await.status, 204);
    };
    let joined = joins_while(&world, ban).await;
    if joined.status == 201 {
        ask(&world, "/rtc", &pass(&joined)).await.is_problem(403, "banned");
        assert_eq!(as_root(&world, Method::DELETE, "/rooms/standup/bans/bob", &json!({})).await.status, 204);
        ask(&world, "/rtc", &pass(&joined)).await.is_problem(401, "token_invalid");
    }
}

#[tokio::test]
async fn a_join_that_began_before_the_end_of_the_login_gives_no_key() {
    let settings: Vec<_> = SOURCES.into_iter().chain([CLIENTS]).collect();
    let world = World::with_store(&settings).await;
    makes(&world, "bob").await;
    let login = world.claims("bob", &[]);
    let token = world.issuer.sign(&login);
    world.membership.behave(MembershipMode::Slow(SLOW));
    let logout = async {
        eventually("the join is under way", BOUND, async || !world.membership.seen().is_empty()).await;
        let logout = world.issuer.sign(&logout_claims(&world, &login));
        assert_eq!(say(&world, &world.url, &logout).await.status, 200);
    };
    let (joined, ()) = tokio::join!(world.join("standup", &token), logout);
    joined.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn whoever_is_found_in_a_room_after_their_login_was_ended_is_sent_out_with_the_key_that_they_got_there()
{
    let world = World::with_store(&[("RECONCILE__SECONDS", "1")]).await;
    let records = Records::of(world.redis());
    let joined = world.join("standup", &world.token("ann", &["/rooms/standup"])).await;
    let mut ann = RoomGuest::enter(&world.livekit.public_url, &pass(&joined)).await.unwrap();
    // As if it was ended a moment ago, and nobody had known in which room she was. No webhook tells it either.
    let ended = Clock::system().now().to_rfc3339_opts(SecondsFormat::Millis, true);
    records.put("signed-out", "ann", &json!({ "schema": 1, "at": ended })).await;
    ann.sent_out(BOUND).await;
    eventually("what LiveKit gave her up to then is void", BOUND, async || {
        let kept = world.redis().command(&["HGET", "{t:realtime}:signed-out:ann", "d"]).await.unwrap();
        let kept: Value = serde_json::from_str(kept.as_str().unwrap()).unwrap();
        // Both are written in the same way.
        kept["at"].as_str().unwrap() > ended.as_str()
    })
    .await;
}

#[tokio::test]
async fn one_who_cannot_be_sent_out_keeps_nobody_else_in() {
    let world = World::with_store(&[("RECONCILE__SECONDS", "1")]).await;
    let records = Records::of(world.redis());
    let mut guests = Vec::new();
    for user in ["ann", "bob", "carl"] {
        let joined = world.join("standup", &world.token(user, &["/rooms/standup"])).await;
        guests.push(RoomGuest::enter(&world.livekit.public_url, &pass(&joined)).await.unwrap());
    }
    // Whichever is looked at first: what is kept of bob cannot be read.
    records.put("denial", "standup/bob", &json!("nonsense")).await;
    for user in ["ann", "carl"] {
        let denial =
            json!({ "schema": 1, "kind": "banned", "by": "mod", "since": "2026-01-01T00:00:00.000Z" });
        records.put("denial", &format!("standup/{user}"), &denial).await;
    }
    guests.remove(2).sent_out(BOUND).await;
    guests.remove(0).sent_out(BOUND).await;
    assert!(guests[0].is_in());
}
