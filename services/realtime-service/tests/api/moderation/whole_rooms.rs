//! Lists of participants, muting, and the end of what goes on in a room.

use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use super::{BOUND, act, administrator, are_there, enters, there, token};
use crate::world::World;

/// LiveKit's word for somebody whose room was deleted, `DisconnectReason.ROOM_DELETED`.
const DELETED: Option<i32> = Some(5);

#[tokio::test]
async fn participants_are_listed_in_parts() {
    let world = World::with_store(&[]).await;
    let mona = token(&world, "mona", "moderator");
    assert!(there(&world).await.is_empty(), "a room that LiveKit does not have is empty");
    let mut guests = Vec::new();
    for user in ["cat", "ann", "f:ldap:bob"] {
        guests.push(enters(&world, &token(&world, user, "viewer"), "phone").await);
    }
    are_there(&world, &["ann:phone", "cat:phone", "f:ldap:bob:phone"]).await;
    let first = world.get("/rooms/standup/participants?limit=2", &mona).await.json();
    assert_eq!(
        (first["items"].as_array().map(Vec::len), &first["next_cursor"]),
        (Some(2), &json!("cat:phone"))
    );
    let second = world.get("/rooms/standup/participants?limit=2&cursor=cat:phone", &mona).await.json();
    assert_eq!((&second["items"][0]["user_id"], second.get("next_cursor")), (&json!("f:ldap:bob"), None));
    let federated = super::kick(&world, &mona, "f:ldap:bob:phone").await;
    assert_eq!(federated.status, 204, "{}", federated.text);
    drop(guests);
}

#[tokio::test]
async fn what_nobody_sends_cannot_be_muted() {
    let world = World::with_store(&[]).await;
    let mona = token(&world, "mona", "moderator");
    let guest = enters(&world, &token(&world, "ann", "participant"), "phone").await;
    for identity in ["ann:phone", "ann:laptop"] {
        let path = format!("participants/{identity}/mute");
        let body = json!({ "source": "microphone" });
        act(&world, &mona, Method::POST, &path, Some(&body)).await.is_problem(404, "participant_not_found");
    }
    assert!(guest.is_in());
}

#[tokio::test]
async fn a_room_that_is_ended_is_empty_and_not_locked() {
    let world = World::with_store(&[]).await;
    for moderator in [token(&world, "mona", "moderator"), administrator(&world)] {
        let mut guests = Vec::new();
        for user in ["ann", "bob"] {
            guests.push(enters(&world, &token(&world, user, "participant"), "phone").await);
        }
        for _ in 0..2 {
            assert_eq!(act(&world, &moderator, Method::POST, "end", None).await.status, 204);
        }
        for guest in &mut guests {
            assert_eq!(guest.sent_out(BOUND).await.reason, DELETED);
        }
        are_there(&world, &[]).await;
    }
    let back = enters(&world, &token(&world, "ann", "participant"), "phone").await;
    assert!(back.is_in());
}

#[tokio::test]
async fn without_a_store_nobody_moderates_and_rooms_are_as_they_were() {
    let world = World::start().await;
    let mona = token(&world, "mona", "moderator");
    assert_eq!(world.join("standup", &mona).await.status, 201);
    for path in ["/rooms/standup/participants", "/rooms/standup/bans"] {
        world.get(path, &mona).await.is_problem(404, "not_found");
    }
    eventually("the log tells of it", BOUND, async || world.service.output().contains("moderation.off"))
        .await;
}
