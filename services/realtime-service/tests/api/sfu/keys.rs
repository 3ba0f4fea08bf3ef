//! A LiveKit key is changed while everything runs.

use reqwest::Method;
use serde_json::json;

use super::lets_in;
use crate::replica::Replica;
use crate::world::{Answer, World, send};

const OLD: (&str, &str) = ("APIold", "old-secret-0123456789-0123456789-0123");
const NEW: (&str, &str) = ("APInew", "new-secret-0123456789-0123456789-0123");

/// No replica asks LiveKit of its own accord while it starts again, or it might be left alone for a moment afterwards.
const UNASKED: (&str, &str) = ("LIVEKIT__PROBE_SECONDS", "300");

const BEFORE: [(&str, &str); 3] = [("LIVEKIT__API_KEY", OLD.0), ("LIVEKIT__API_SECRET", OLD.1), UNASKED];

async fn join(world: &World, url: &str, room: &str) -> Answer {
    let token = world.token("ann", &["/rooms/standup", "/rooms/retro", "/rooms/town-hall", "/rooms/review"]);
    send(world.request_to(url, Method::POST, &format!("/rooms/{room}/join"), &token)).await
}

#[tokio::test]
async fn a_key_is_changed_without_a_moment_in_which_nobody_gets_in() {
    let mut world = World::with(&BEFORE).await;
    // First LiveKit takes both,
    world.livekit.take_keys([OLD, NEW]).unwrap();
    world.livekit.start_again().await.unwrap();
    let before = join(&world, &world.url, "standup").await.json();
    // then the replicas are replaced one after the other,
    let replica = world.replica(&changed()).await;
    let after = join(&world, &replica.url, "retro").await.json();
    for answer in [&before, &after] {
        let token = answer["participant_token"].as_str().unwrap();
        assert!(lets_in(&world, &world.livekit.public_url, token).await, "{answer}");
    }
    assert_eq!(join(&world, &world.url, "town-hall").await.status, 201);
    // and when the last token by the old key is over, LiveKit takes the new one alone.
    world.livekit.take_keys([NEW]).unwrap();
    world.livekit.start_again().await.unwrap();
    assert_eq!(join(&world, &replica.url, "review").await.status, 201);
    join(&world, &world.url, "review").await.is_problem(502, "sfu_rejected");
    let token = before["participant_token"].as_str().unwrap();
    assert!(!lets_in(&world, &world.livekit.public_url, token).await);
}

fn changed() -> [(&'static str, &'static str); 5] {
    [
        ("LIVEKIT__API_KEY", NEW.0),
        ("LIVEKIT__API_SECRET", NEW.1),
        ("LIVEKIT__API_KEY_PREVIOUS", OLD.0),
        ("LIVEKIT__API_SECRET_PREVIOUS", OLD.1),
        UNASKED,
    ]
}

/// A replica whose tokens, by the new key, nobody takes yet is a mistake in the order, and is told as such.
#[tokio::test]
async fn a_replica_that_changes_before_livekit_is_refused_by_it() {
    let mut world = World::with(&BEFORE).await;
    world.livekit.take_keys([OLD]).unwrap();
    world.livekit.start_again().await.unwrap();
    let replica: Replica = world.replica(&changed()).await;
    join(&world, &replica.url, "standup").await.is_problem(502, "sfu_rejected");
    let ready = send(world.http(Method::GET, &format!("{}/readyz", replica.management_url))).await.json();
    assert_eq!(ready["checks"]["sfu"]["reason"], json!("default: sfu_rejected"), "{ready}");
}
