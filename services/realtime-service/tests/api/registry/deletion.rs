//! The end of a room: all of it, however it is interrupted.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::{RoomGuest, eventually};

use super::Host;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(30);

/// Leaves the room as somebody does who dies right after the first commit of its deletion, long ago.
async fn half_deleted(host: &Host, room: &str) {
    let key = format!("room:{room}");
    let mut record = host.stored(&key).await.unwrap();
    record["deleted"] = json!({ "at": "2026-01-01T00:00:00.000Z", "by": "root" });
    host.overwrite(&key, &record.to_string()).await;
}

#[tokio::test]
async fn everybody_is_out_and_nothing_is_left() {
    let host = Host::start().await;
    // More than one batch.
    let people: Vec<String> = (0..120).map(|number| format!("user-{number}")).collect();
    host.makes("standup", &[("bob", "participant")]).await;
    for user in &people {
        host.adds("standup", user, "viewer").await;
    }
    host.makes("retro", &[("bob", "viewer")]).await;
    let joined = host.world.join("standup", &host.token("bob")).await.json();
    let (url, token) =
        (joined["server_url"].as_str().unwrap(), joined["participant_token"].as_str().unwrap());
    let mut guest = RoomGuest::enter(url, token).await.unwrap();

    assert_eq!(host.delete("/rooms/standup", &host.root).await.status, 204);
    guest.sent_out(BOUND).await;
    assert_eq!(host.kept().await, ["member:retro/bob", "members:retro", "room:retro", "rooms-of:bob"]);
    host.get("/rooms/standup", &host.token("bob")).await.is_problem(404, "room_not_found");
    host.delete("/rooms/standup", &host.root).await.is_problem(404, "room_not_found");
    // One of the same name is another one.
    host.makes("standup", &[]).await;
    host.world.join("standup", &host.token("bob")).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn a_room_that_is_half_deleted_is_there_for_nobody() {
    let host = Host::start().await;
    host.makes("standup", &[("mona", "moderator")]).await;
    half_deleted(&host, "standup").await;
    let mona = host.token("mona");
    host.get("/rooms/standup", &mona).await.is_problem(404, "room_not_found");
    host.world.join("standup", &mona).await.is_problem(404, "room_not_found");
    host.put("/rooms/standup", &mona, &json!({})).await.is_problem(404, "room_not_found");
    host.set_member(&host.root, "standup", "bob", "viewer").await.is_problem(404, "room_not_found");
    host.get("/rooms/standup/members", &host.root).await.is_problem(404, "room_not_found");
    // Whoever deletes it once more does the rest.
    assert_eq!(host.delete("/rooms/standup", &host.root).await.status, 204);
    assert!(host.kept().await.is_empty(), "{:?}", host.kept().await);
}

#[tokio::test]
async fn whoever_makes_it_anew_or_lists_it_does_the_rest() {
    let host = Host::start().await;
    host.makes("standup", &[("mona", "moderator")]).await;
    half_deleted(&host, "standup").await;
    let made = host.put("/rooms/standup", &host.root, &json!({ "name": "new" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(host.kept().await, ["room:standup"]);

    host.adds("standup", "mona", "moderator").await;
    half_deleted(&host, "standup").await;
    assert_eq!(host.get("/rooms", &host.token("mona")).await.json(), json!({ "items": [] }));
    eventually("nothing is left", BOUND, async || host.kept().await.is_empty()).await;
}

#[tokio::test]
async fn nobody_is_added_to_a_room_that_is_being_deleted() {
    let host = Host::start().await;
    for round in 0..10 {
        host.makes("standup", &[]).await;
        let names: Vec<String> = (0..6).map(|number| format!("user-{number}")).collect();
        let adding =
            join_all(names.iter().map(|user| host.set_member(&host.root, "standup", user, "viewer")));
        let (deleted, added) = futures_util::join!(host.delete("/rooms/standup", &host.root), adding);
        assert_eq!(deleted.status, 204, "{round}: {}", deleted.text);
        assert!(added.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 404)));
        assert!(host.kept().await.is_empty(), "{round}: {:?}", host.kept().await);
    }
}

#[tokio::test]
async fn without_livekit_it_is_gone_for_everybody_and_the_rest_follows() {
    let mut host = Host::start().await;
    host.makes("standup", &[("mona", "moderator")]).await;
    host.world.livekit.stop().await;
    let deleted = host.delete("/rooms/standup", &host.root).await;
    assert_eq!(deleted.is_problem(503, "sfu_unavailable")["deleted"], true);
    let mona = host.token("mona");
    host.world.join("standup", &mona).await.is_problem(404, "room_not_found");
    host.world.livekit.start_again().await.unwrap();
    eventually("nothing is left", BOUND, async || host.kept().await.is_empty()).await;
}
