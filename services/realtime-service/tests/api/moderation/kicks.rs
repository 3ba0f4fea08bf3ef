//! Kicks: out at once with every device, not back for a while, and never again with what one had.

use serde_json::json;
use testkit::{RoomGuest, eventually};

use super::{BOUND, REMOVED, are_there, enters, joins, kick, token};
use crate::world::World;

#[tokio::test]
async fn whoever_is_kicked_is_out_with_every_device_and_may_come_back_after_a_while() {
    let world = World::with_store(&[("MODERATION__KICK_SECONDS", "2")]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let mut phone = enters(&world, &ann, "phone").await;
    let mut laptop = enters(&world, &ann, "laptop").await;
    let bob = enters(&world, &token(&world, "bob", "participant"), "phone").await;
    are_there(&world, &["ann:laptop", "ann:phone", "bob:phone"]).await;
    assert_eq!(kick(&world, &mona, "ann:phone").await.status, 204);
    for device in [&mut phone, &mut laptop] {
        assert_eq!(device.sent_out(BOUND).await.reason, REMOVED);
    }
    are_there(&world, &["bob:phone"]).await;
    assert!(bob.is_in());
    let back = eventually("she may come back", BOUND, async || {
        let answer = world.join("standup", &ann).await;
        if answer.status == 201 { Ok(answer.json()) } else { Err(answer.text) }
    })
    .await;
    let pass = back["participant_token"].as_str().unwrap();
    let again = RoomGuest::enter(&world.livekit.public_url, pass).await.unwrap();
    are_there(&world, &["ann:default", "bob:phone"]).await;
    assert!(again.is_in());
    assert!(world.figure("moderation_acts_total{act=\"kick\",outcome=\"done\"}").await >= 1.0);
    assert!(world.figure("evictions_total{outcome=\"removed\"}").await >= 1.0);
    assert!(world.figure("moderation_removal_seconds_count").await >= 1.0);
}

/// A moderator who clicks twice, or whose answer was lost, is not told that something went wrong.
#[tokio::test]
async fn a_kick_may_be_repeated_and_is_no_way_to_bar_whoever_is_not_there() {
    let world = World::with_store(&[]).await;
    let (mona, mike) = (token(&world, "mona", "moderator"), token(&world, "mike", "moderator"));
    let ann = token(&world, "ann", "participant");
    kick(&world, &mona, "ann:phone").await.is_problem(404, "participant_not_found");
    assert_eq!(world.join("standup", &ann).await.status, 201);
    let mut guest = enters(&world, &ann, "phone").await;
    kick(&world, &mona, "ann:laptop").await.is_problem(404, "participant_not_found");
    for _ in 0..2 {
        assert_eq!(kick(&world, &mona, "ann:phone").await.status, 204);
    }
    guest.sent_out(BOUND).await;
    kick(&world, &mike, "ann:phone").await.is_problem(404, "participant_not_found");
}

/// LiveKit itself takes the old token; who comes in with it is sent out again when somebody looks.
#[tokio::test]
async fn a_kick_that_is_repeated_sends_out_whoever_came_back_past_the_door() {
    let world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let pass = joins(&world, &ann, "phone").await;
    let mut first = RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap();
    assert_eq!(kick(&world, &mona, "ann:phone").await.status, 204);
    first.sent_out(BOUND).await;
    let mut second = RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap();
    kick(&world, &mona, "ann:phone").await;
    second.sent_out(BOUND).await;
    are_there(&world, &[]).await;
}

#[tokio::test]
async fn a_dry_run_tells_whoever_was_kicked_why() {
    let world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let path = "/rooms/standup/join?dry_run=true";
    let explain = async || {
        let request = world.request(reqwest::Method::POST, path, &ann);
        crate::world::send(request).await.json()
    };
    let before = explain().await;
    let checks = ["token", "request", "membership", "ban", "capacity", "sfu"];
    let passed = checks.map(|check| json!({ "check": check, "passed": true }));
    assert_eq!(before, json!({ "allowed": true, "checks": passed }));
    let mut guest = enters(&world, &ann, "phone").await;
    assert_eq!(kick(&world, &mona, "ann:phone").await.status, 204);
    guest.sent_out(BOUND).await;
    world.join("standup", &ann).await.is_problem(403, "kicked");
    let after = explain().await;
    assert_eq!(after["allowed"], false);
    assert_eq!(after["checks"][3], json!({ "check": "ban", "passed": false, "code": "kicked" }));
}

#[tokio::test]
async fn many_are_kicked_at_once_and_all_are_out() {
    let world = World::with_store(&[("LIMITS__COMMANDS_BURST", "200")]).await;
    let mona = token(&world, "mona", "moderator");
    let mut guests = Vec::new();
    for number in 0..12 {
        let user = format!("guest-{number}");
        guests.push(enters(&world, &token(&world, &user, "viewer"), "phone").await);
    }
    let kicks = guests.iter().map(|guest| kick(&world, &mona, &guest.identity));
    for answer in futures_util::future::join_all(kicks).await {
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    for guest in &mut guests {
        assert_eq!(guest.sent_out(BOUND).await.reason, REMOVED);
    }
    are_there(&world, &[]).await;
}
