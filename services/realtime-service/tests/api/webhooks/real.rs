//! LiveKit's own webhooks.
//!
//! LiveKit tells of an arrival once media is connected, which guests never are: of them it tells when they go. That people
//! with media come, and what they send, is in the system tests.

use livekit_api::services::room::RoomClient;
use testkit::{LiveKit, RoomGuest};

use super::*;
use crate::webhook_pipe::WebhookPipe;

/// A world whose LiveKit tells its service what happens, and is asked every second who is there.
async fn told_by_livekit() -> (World, WebhookPipe) {
    let pipe = WebhookPipe::open().await;
    (World::with_store_and_webhooks(&pipe, &[("RECONCILE__SECONDS", "1")]).await, pipe)
}

async fn enters(world: &World, user: &str, device: &str) -> RoomGuest {
    let token = world.token(user, &["/rooms/standup/presenter"]);
    let request = world.request(Method::POST, "/rooms/standup/join", &token).header("X-Device-Id", device);
    let joined = send(request).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let body = joined.json();
    RoomGuest::enter(&world.livekit.public_url, body["participant_token"].as_str().unwrap()).await.unwrap()
}

#[tokio::test]
async fn livekit_and_its_webhooks_tell_who_is_there() {
    let (world, _pipe) = told_by_livekit().await;
    let kept = Kept::by(&world);
    let ann = enters(&world, "ann", "web").await;
    let bob = enters(&world, "bob", "web").await;
    let phone = enters(&world, "ann", "phone").await;
    kept.until_there(&["ann:phone", "ann:web", "bob:web"]).await;
    assert_eq!(kept.whereabouts("ann").await, ["standup"]);
    let record = kept.at("occupancy:standup").await.unwrap();
    assert_eq!(record["people"]["ann:web"]["sid"], ann.sid);
    // The same device again: LiveKit ends the first connection, and she is there all the time.
    let again = enters(&world, "ann", "web").await;
    eventually("the newer connection is known", BOUND, async || {
        let record = kept.at("occupancy:standup").await.unwrap();
        record["people"]["ann:web"]["sid"] == again.sid
    })
    .await;
    let LiveKit { url, api_key, api_secret, .. } = &world.livekit;
    let livekit = RoomClient::with_api_key(url, api_key, api_secret);
    livekit.remove_participant("realtime/standup", &bob.identity).await.unwrap();
    kept.until_there(&["ann:phone", "ann:web"]).await;
    assert_eq!(kept.whereabouts("bob").await, [""; 0]);
    livekit.delete_room("realtime/standup").await.unwrap();
    kept.until_there(&[]).await;
    assert_eq!(kept.whereabouts("ann").await, [""; 0]);
    let metrics = eventually("LiveKit has told of it all", BOUND, async || {
        let metrics = world.manage("/metrics").await.text;
        let told = |event: &str| metrics.contains(&format!("webhooks_total{{event=\"{event}\""));
        let events = ["room_started", "participant_connection_aborted", "room_finished"];
        events.into_iter().all(told).then_some(metrics)
    })
    .await;
    // Its signatures are good, and what it says is understood.
    for fault in ["event=\"none\"", "outcome=\"unknown", "outcome=\"not_json\""] {
        let line = metrics.lines().find(|line| line.starts_with("webhooks_total") && line.contains(fault));
        assert_eq!(line, None);
    }
    drop((ann, phone));
}
