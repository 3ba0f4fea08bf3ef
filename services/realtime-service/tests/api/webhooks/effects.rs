//! What follows from a webhook.

use livekit_api::services::room::RoomClient;
use serde_json::json;
use store::{Commit, Committed, Write};
use testkit::{LiveKit, RoomGuest};

use super::*;

#[tokio::test]
async fn who_may_not_be_there_is_sent_out_when_they_are_seen() {
    let world = World::with_store(&[]).await;
    let kept = Kept::by(&world);
    let joined = world.join("standup", &world.token("ann", &["/rooms/standup"])).await.json();
    let token = joined["participant_token"].as_str().unwrap();
    let mut guest = RoomGuest::enter(&world.livekit.public_url, token).await.unwrap();
    // As if LiveKit had been away when she was banned.
    let denial = json!({
        "schema": 1, "kind": "banned", "by": "mona", "since": signal_protocol::timestamp::format(now()),
    });
    let put = Write::Put {
        key: Key::parse("denial:standup/ann").unwrap(),
        data: denial.to_string().into_bytes(),
        refs: Vec::new(),
        ttl: None,
    };
    eventually("the store takes it", BOUND, async || {
        let commit = Commit { writes: vec![put.clone()], ..Commit::default() };
        matches!(kept.store.commit(&kept.tenant, commit).await, Ok(Committed::Applied { .. }))
    })
    .await;
    let room = standup();
    let at = now().timestamp_millis();
    let seen = room.event_of("participant_joined", "EV_1", at, (&guest.identity, &guest.sid, at));
    assert_eq!(told(&world, &world.url, &seen).await.status, 200);
    assert_eq!(guest.sent_out(BOUND).await.reason, Some(4), "LiveKit says that they were removed");
    // The same delivery again looks again.
    let mut again = RoomGuest::enter(&world.livekit.public_url, token).await.unwrap();
    assert_eq!(told(&world, &world.url, &seen).await.status, 200);
    again.sent_out(BOUND).await;
}

#[tokio::test]
async fn a_room_that_is_over_is_forgotten_by_every_replica() {
    // Nobody but the webhook may tell.
    let world = World::with_store(&[("LIVEKIT__PROBE_SECONDS", "300")]).await;
    let other = world.replica(&[("LIVEKIT__PROBE_SECONDS", "300")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let join = async |url: &str| {
        let answer = send(world.request_to(url, Method::POST, "/rooms/standup/join", &token)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    };
    join(&world.url).await;
    join(&other.url).await;
    let LiveKit { url, api_key, api_secret, .. } = &world.livekit;
    let livekit = RoomClient::with_api_key(url, api_key, api_secret);
    livekit.delete_room("realtime/standup").await.unwrap();
    let room = standup();
    assert_eq!(told(&world, &world.url, &ann_joined(&room, "EV_1")).await.status, 200);
    let finished = room.event("room_finished", "EV_2", room.created_at_ms + 3_000);
    assert_eq!(told(&world, &world.url, &finished).await.status, 200);
    eventually("the other replica makes the room anew", BOUND, async || {
        join(&other.url).await;
        livekit.list_rooms(Vec::new()).await.unwrap().len() == 1
    })
    .await;
}

#[tokio::test]
async fn without_the_store_livekit_is_to_come_again() {
    let mut world = without_livekit().await;
    let room = standup();
    assert_eq!(
        told(&world, &world.url, &room.event("room_started", "EV_1", room.created_at_ms)).await.status,
        200
    );
    world.store().stop().await;
    eventually("it is said that the store is away", BOUND, async || {
        told(&world, &world.url, &ann_joined(&room, "EV_2")).await.status == 503
    })
    .await;
    told(&world, &world.url, &ann_joined(&room, "EV_2")).await.is_problem(503, "store_unavailable");
    world.store().start_again().await.unwrap();
    eventually("it is taken", BOUND, async || {
        told(&world, &world.url, &ann_joined(&room, "EV_2")).await.status == 200
    })
    .await;
    assert_eq!(Kept::by(&world).there().await, ["ann:web"]);
}
