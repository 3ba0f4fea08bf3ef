//! The records of stays and rooms, from what LiveKit says to whoever keeps the books.

use std::collections::BTreeSet;
use std::time::Duration;

use clock::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use signal_protocol::{LeaveReason, MediaSource, Role, RoomDetail, SessionDetail};
use testkit::{Hook, HookReceiver, RoomGuest, WebhookForge, WebhookRoom, eventually};

use crate::world::{World, send};

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SCHEMAS: &str = include_str!("../../../../docs/schemas/records.json");

/// Of call-state-service, so that it tells `receiver`.
fn telling(url: &str) -> [(&str, &str); 3] {
    [("HOOKS__URL", url), ("HOOKS__SECRET", SECRET), ("HOOKS__FIRST_PAUSE_MS", "50")]
}

async fn enters(world: &World, user: &str, role: &str) -> RoomGuest {
    let token = world.token(user, &[&format!("/rooms/standup/{role}")]);
    let joined = world.join("standup", &token).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let pass = joined.json()["participant_token"].as_str().unwrap().to_owned();
    RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap()
}

/// Hooks of this kind that were taken.
fn told(receiver: &HookReceiver, kind: &str) -> Vec<Hook> {
    let mut hooks = receiver.hooks();
    hooks.retain(|hook| hook.json()["type"] == kind && hook.status.is_success());
    for hook in &hooks {
        keeps_to_its_schema(kind, &hook.json()["data"]);
    }
    hooks
}

/// So many of them, once they were.
async fn told_of(receiver: &HookReceiver, kind: &str, count: usize) -> Vec<Hook> {
    eventually("they are told", BOUND, async || {
        let hooks = told(receiver, kind);
        if hooks.len() >= count { Ok(hooks) } else { Err(format!("{} of {kind}", hooks.len())) }
    })
    .await
}

/// Whether it has what the committed schema requires, and nothing that it does not know.
fn keeps_to_its_schema(kind: &str, record: &Value) {
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap();
    let schema = &schemas["$defs"][schemas["records"][kind].as_str().unwrap()];
    let names: BTreeSet<_> = record.as_object().unwrap().keys().cloned().collect();
    let known = schema["properties"].as_object().unwrap();
    assert!(names.iter().all(|name| known.contains_key(name)), "{names:?}");
    let required = schema["required"].as_array().unwrap();
    assert!(required.iter().all(|name| names.contains(name.as_str().unwrap())), "{names:?}");
}

fn session(hook: &Hook) -> SessionDetail {
    let session: SessionDetail = serde_json::from_value(hook.json()["data"].clone()).unwrap();
    assert_eq!(hook.id(), session.id.to_string());
    session
}

async fn is_there(world: &World, count: f64) {
    eventually("it is known that they are there", BOUND, async || {
        world.figure("join_arrival_seconds_count").await >= count
    })
    .await;
}

/// Tells the service what LiveKit would tell it.
async fn told_by_livekit(world: &World, body: &Value) {
    let body = body.to_string().into_bytes();
    let authorization =
        WebhookForge::of(&world.livekit).authorization(&body, Clock::system().now().timestamp());
    let webhook = world
        .http(Method::POST, &format!("{}/api/realtime/webhooks/livekit", world.url))
        .header("Content-Type", "application/webhook+json")
        .header("Authorization", authorization)
        .body(body);
    assert_eq!(send(webhook).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_was_sent_out_and_whoever_was_in_a_room_to_its_end_leaves_one_record() {
    let receiver = HookReceiver::start().await.unwrap();
    // The reconciler would find out that LiveKit knows nothing of this room.
    let settings = [("RECORDS__HOOK", "true"), ("RECONCILE__SECONDS", "30")];
    let world = World::with_calls(&settings, &telling(&receiver.url())).await;
    let begin = Clock::system().now().timestamp_millis() / 1_000 * 1_000;
    let room = WebhookRoom {
        name: "realtime/standup".to_owned(),
        sid: "RM_forged".to_owned(),
        created_at_ms: begin - 60_000,
    };
    for (user, role) in [("ann", "moderator"), ("bob", "presenter")] {
        let (identity, sid) = (format!("{user}:web"), format!("PA_{user}"));
        let who = (identity.as_str(), sid.as_str(), begin - 30_000);
        let mut joined =
            room.event_of("participant_joined", &format!("EV_{user}_joined"), begin - 30_000, who);
        joined["participant"]["attributes"] = json!({ "role": role, "user_id": user });
        told_by_livekit(&world, &joined).await;
    }
    let who = ("bob:web", "PA_bob", begin - 30_000);
    let mut track = room.event_of("track_published", "EV_bob_camera", begin - 20_000, who);
    track["track"] = json!({ "sid": "TR_bob", "source": "CAMERA" });
    let mut left = room.event_of("participant_left", "EV_bob_left", begin, who);
    left["participant"]["disconnectReason"] = json!("PARTICIPANT_REMOVED");
    // Twice, as LiveKit may.
    for event in [&track, &left, &left] {
        told_by_livekit(&world, event).await;
    }
    let stays = told_of(&receiver, "room.session", 1).await;
    let stay = session(&stays[0]);
    assert_eq!((stay.reason, stay.duration_ms), (LeaveReason::Removed, 30_000));
    assert_eq!((stay.room_id.as_str(), stay.identity.as_str()), ("standup", "bob:web"));
    assert_eq!((stay.role, stay.sources.as_slice()), (Some(Role::Presenter), &[MediaSource::Camera][..]));

    told_by_livekit(&world, &room.event("room_finished", "EV_finished", begin)).await;
    let [life] = told_of(&receiver, "room.record", 1).await.try_into().unwrap();
    let life: RoomDetail = serde_json::from_value(life.json()["data"].clone()).unwrap();
    assert_eq!((life.room_sid.as_str(), life.duration_ms), ("RM_forged", Some(60_000)));
    let stays = told_of(&receiver, "room.session", 2).await;
    let last = stays.iter().map(session).find(|stay| stay.participant_sid == "PA_ann").unwrap();
    assert_eq!((last.reason, last.role), (LeaveReason::RoomEnded, Some(Role::Moderator)));

    // The log has the same, each once.
    let logged = eventually("it is all logged", BOUND, async || {
        let lines = world.service.output();
        let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let records: Vec<_> = lines.filter(|line| line["target"] == "records").collect();
        if records.len() >= 3 { Ok(records) } else { Err(format!("{} records", records.len())) }
    })
    .await;
    let id = |line: &Value| line["record"]["id"].as_str().unwrap().to_owned();
    let ids: BTreeSet<_> = logged.iter().map(id).collect();
    assert_eq!((logged.len(), ids.len()), (3, 3));
    assert!(receiver.hooks().iter().all(|hook| ids.contains(hook.id())));
}

#[tokio::test]
async fn a_stay_whose_end_no_webhook_told_has_a_record_all_the_same() {
    let receiver = HookReceiver::start().await.unwrap();
    let settings = [("RECORDS__HOOK", "true"), ("RECONCILE__SECONDS", "1")];
    let world = World::with_calls(&settings, &telling(&receiver.url())).await;
    let bob = enters(&world, "bob", "participant").await;
    is_there(&world, 1.0).await;
    let moderator = world.token("ann", &["/rooms/standup/moderator"]);
    let kick = world.request(Method::DELETE, "/rooms/standup/participants/bob:default", &moderator);
    assert_eq!(send(kick).await.status, StatusCode::NO_CONTENT);
    let [hook] = told_of(&receiver, "room.session", 1).await.try_into().unwrap();
    let stay = session(&hook);
    assert_eq!((stay.reason, stay.participant_sid), (LeaveReason::Unknown, bob.sid.clone()));
}
