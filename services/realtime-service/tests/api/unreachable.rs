//! Somebody whom LiveKit lists and cannot reach: their connection broke off while they were let in.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use livekit_api::services::room::RoomClient;
use reqwest::Method;
use serde_json::json;
use testkit::{RoomGuest, eventually};
use tokio::time::timeout;

use crate::webhooks::Kept;
use crate::world::{World, send};

/// How long anything may take before the test fails. Whether LiveKit leaves somebody in its list is chance, and for ten seconds
/// they count as there.
const BOUND: Duration = Duration::from_secs(90);

/// How many knock at a time at a LiveKit that does not answer, and for how long.
const AT_ONCE: usize = 30;
const KNOCKING: Duration = Duration::from_millis(300);

const SETTINGS: [(&str, &str); 3] =
    [("RECONCILE__SECONDS", "1"), ("LIMITS__JOINS_PER_MINUTE", "100000"), ("LIMITS__JOINS_BURST", "10000")];

async fn pass(world: &World, user: &str) -> String {
    // LiveKit may have been left alone a moment ago because it did not answer.
    let joined = eventually("somebody may come in", BOUND, async || {
        let joined = world.join("standup", &world.token(user, &["/rooms/standup"])).await;
        if joined.status == 201 { Ok(joined.json()) } else { Err(joined.text) }
    })
    .await;
    joined["participant_token"].as_str().unwrap().to_owned()
}

async fn listed(world: &World) -> Result<BTreeSet<String>, String> {
    let livekit = &world.livekit;
    let livekit = RoomClient::with_api_key(&livekit.url, &livekit.api_key, &livekit.api_secret);
    let there = livekit.list_participants("realtime/standup").await.map_err(|error| error.to_string())?;
    Ok(there.into_iter().map(|one| one.identity).collect())
}

/// Many begin to come in and give up, until LiveKit lists some of them.
async fn give_up_at_the_door(world: &World) -> BTreeSet<String> {
    let mut round = 0;
    eventually("LiveKit lists somebody who gave up", BOUND, async || {
        round += 1;
        let users = (0..AT_ONCE).map(|n| format!("u{round}-{n}"));
        let passes = join_all(users.map(async |user| pass(world, &user).await)).await;
        world.livekit.process().unwrap().pause();
        let knocking =
            passes.iter().map(|pass| timeout(KNOCKING, RoomGuest::enter(&world.livekit.public_url, pass)));
        drop(join_all(knocking).await);
        world.livekit.process().unwrap().resume();
        let left_over = listed(world).await?;
        if left_over.is_empty() { Err("nobody is listed".to_owned()) } else { Ok(left_over) }
    })
    .await
}

#[tokio::test]
async fn who_gave_up_at_livekits_door_is_not_there_and_keeps_no_moderator_waiting() {
    let world = World::with_store(&SETTINGS).await;
    let kept = Kept::by(&world);
    let ghost = eventually("one of them stays in LiveKit's list", BOUND, async || {
        let gave_up = give_up_at_the_door(&world).await;
        let is_shown = eventually("LiveKit has said goodbye to those who were let in", BOUND, async || {
            let record = kept.at("occupancy:standup").await.unwrap_or_default();
            let known = record["people"].as_object().is_some_and(|people| !people.is_empty());
            if known { Err(record) } else { Ok(()) }
        });
        is_shown.await;
        let listed = listed(&world).await?;
        gave_up.intersection(&listed).next().cloned().ok_or("nobody is left over".to_owned())
    })
    .await;
    // So that the room is not empty, which would be the end of it.
    let ann = RoomGuest::enter(&world.livekit.public_url, &pass(&world, "ann").await).await.unwrap();
    let only_ann = vec![ann.identity.clone()];
    let mona = world.token("mona", &["/rooms/standup/moderator"]);
    eventually("only who is there counts", BOUND, async || {
        let record = kept.at("occupancy:standup").await.unwrap_or_default();
        let known: Vec<_> =
            record["people"].as_object().into_iter().flat_map(|people| people.keys().cloned()).collect();
        let shown = world.get("/rooms/standup/participants", &mona).await.json();
        let shown = shown["items"].as_array().into_iter().flatten();
        let shown: Vec<_> = shown.filter_map(|one| one["identity"].as_str()).collect();
        if known == only_ann && shown == only_ann { Ok(()) } else { Err(format!("{known:?}, {shown:?}")) }
    })
    .await;
    assert!(listed(&world).await.unwrap().contains(&ghost), "LiveKit lists them until the room is closed");
    let user = ghost.split_once(':').unwrap().0;
    let ban = world.request(Method::PUT, &format!("/rooms/standup/bans/{user}"), &mona);
    let banned = send(ban.json(&json!({}))).await;
    assert_eq!(banned.status, 204, "{}", banned.text);
    let kick = world.request(Method::DELETE, &format!("/rooms/standup/participants/{ghost}"), &mona);
    send(kick).await.is_problem(404, "participant_not_found");
    assert!(world.figure("sfu_unreachable_participants_total").await >= 1.0);
    assert!(ann.is_in());
}
