//! The records of calls that are over: exactly one of each, in the log and by hook.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::Value;
use signal_protocol::{CallDetail, CallId, CallMedia, EndReason, PartyRole, PartyState, RoomId};
use standardwebhooks::Webhook;
use testkit::{Hook, HookReceiver, eventually};

use crate::world::{BOUND, Device, World, invite};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SCHEMAS: &str = include_str!("../../../../docs/schemas/records.json");

/// Replicas that tell records to `receiver`.
async fn world(replicas: usize, receiver: &HookReceiver) -> World {
    let settings = [
        ("CALLS__RING_SECONDS", "1"),
        ("HOOKS__URL", &receiver.url()),
        ("HOOKS__SECRET", SECRET),
        ("HOOKS__FIRST_PAUSE_MS", "50"),
        ("RECORDS__HOOK", "true"),
    ];
    World::with(replicas, &settings).await
}

/// Every hook with the record of a call, doubles included.
fn told(receiver: &HookReceiver) -> Vec<Hook> {
    let mut hooks = receiver.hooks();
    hooks.retain(|hook| hook.json()["type"] == "call.record");
    hooks
}

/// The record of this call, once it was told.
async fn record(receiver: &HookReceiver, call: CallId) -> CallDetail {
    let hook = eventually("the record is told", BOUND, async || {
        told(receiver).into_iter().find(|hook| hook.id() == call.to_string())
    })
    .await;
    Webhook::new(SECRET).unwrap().verify(&hook.body, &hook.headers).unwrap();
    keeps_to_its_schema(&hook.json()["data"]);
    serde_json::from_value(hook.json()["data"].clone()).unwrap()
}

/// Whether it has what the committed schema requires, and nothing that it does not know.
fn keeps_to_its_schema(record: &Value) {
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap();
    let schema = &schemas["$defs"][schemas["records"]["call.record"].as_str().unwrap()];
    let names: BTreeSet<_> = record.as_object().unwrap().keys().cloned().collect();
    let known = schema["properties"].as_object().unwrap();
    assert!(names.iter().all(|name| known.contains_key(name)), "{names:?}");
    let required = schema["required"].as_array().unwrap();
    assert!(required.iter().all(|name| names.contains(name.as_str().unwrap())), "{names:?}");
}

/// The records in what the replicas have logged.
fn logged(world: &World) -> Vec<Value> {
    let logs = world.replicas.iter().map(|replica| replica.process().output());
    let lines: Vec<Value> = logs
        .flat_map(|log| log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<_>>())
        .collect();
    let mut records = lines;
    records.retain(|line| line["message"] == "call.record");
    assert!(records.iter().all(|line| line["target"] == "records" && line["level"] == "INFO"));
    records.into_iter().map(|mut line| line["record"].take()).collect()
}

fn devices(world: &World) -> [Device; 3] {
    [("ann", "laptop"), ("bob", "phone"), ("cleo", "tablet")].map(|(user, device)| world.device(user, device))
}

#[tokio::test]
async fn the_record_of_a_call_says_who_was_in_it_when_and_how_long() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = world(1, &receiver).await;
    let [ann, bob, _] = devices(&world);
    let call = ann.rings(&["bob"]).await;
    bob.accepts(call.id).await.unwrap();
    let ended = ann.hangs_up(call.id).await.unwrap();
    let record = record(&receiver, call.id).await;
    assert_eq!((record.id.to_string(), record.call_id), (call.id.to_string(), call.id));
    assert_eq!((record.reason, &record.trace_id), (EndReason::Completed, &call.trace_id));
    assert_eq!((record.created_at, Some(record.ended_at)), (call.created_at, ended.ended_at));
    let answered_at = record.answered_at.unwrap();
    assert_eq!(Some(answered_at), ended.active_since);
    let millis = |span: clock::Duration| u64::try_from(span.num_milliseconds()).unwrap();
    assert_eq!(record.ring_ms, millis(answered_at - record.created_at));
    assert_eq!(record.active_ms, millis(record.ended_at - answered_at));
    let [caller, answerer] = record.parties.as_slice() else { panic!("{:?}", record.parties) };
    assert_eq!((caller.role, caller.state), (PartyRole::Caller, PartyState::Left));
    assert_eq!((answerer.role, answerer.state), (PartyRole::Callee, PartyState::Accepted));
    assert_eq!(caller.device.as_ref().unwrap().as_str(), "laptop");
    assert_eq!(answerer.device.as_ref().unwrap().as_str(), "phone");
    assert_eq!((caller.accepted_at, answerer.accepted_at), (Some(record.created_at), Some(answered_at)));
    assert!([caller, answerer].iter().all(|party| party.over_at == record.ended_at));
    // The log has the same.
    let logged = eventually("it is logged", BOUND, async || logged(&world).pop()).await;
    assert_eq!(serde_json::from_value::<CallDetail>(logged).unwrap(), record);
}

#[tokio::test]
async fn whoever_ends_a_call_and_however_often_there_is_one_record() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = world(3, &receiver).await;
    let [ann, bob, _] = devices(&world);
    let mut calls = Vec::new();
    for _ in 0..8 {
        let call = ann.rings(&["bob"]).await.id;
        bob.accepts(call).await.unwrap();
        // Both, on every replica, and again with the same id.
        let both = (0..12).map(|turn| {
            let (device, relay) =
                if turn % 2 == 0 { (&ann, "request-of-ann") } else { (&bob, "request-of-bob") };
            let relay = format!("{relay}-{call}");
            async move {
                device.client.hangup(&device.relay_with(&relay), call).await.unwrap();
            }
        });
        join_all(both).await;
        calls.push(call);
    }
    for call in &calls {
        record(&receiver, *call).await;
    }
    let ids: Vec<_> = told(&receiver).iter().map(|hook| hook.id().to_owned()).collect();
    let expected: BTreeSet<_> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(ids.len(), calls.len(), "none was told twice: {ids:?}");
    let lines = eventually("they are all logged", BOUND, async || {
        let lines = logged(&world);
        if lines.len() >= calls.len() { Ok(lines) } else { Err(format!("{} lines", lines.len())) }
    })
    .await;
    assert_eq!(lines.len(), calls.len());
}

#[tokio::test]
async fn calls_that_nobody_answers_have_records_as_well() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = world(1, &receiver).await;
    let [ann, bob, _] = devices(&world);
    let cancelled = ann.rings(&["bob"]).await.id;
    ann.cancels(cancelled).await.unwrap();
    let declined = ann.rings(&["bob"]).await.id;
    bob.declines(declined).await.unwrap();
    let unanswered = ann.rings(&["bob"]).await.id;
    let mut reasons = Vec::new();
    for call in [cancelled, declined, unanswered] {
        let record = record(&receiver, call).await;
        assert_eq!((record.answered_at, record.active_ms), (None, 0));
        assert_eq!(record.parties[1].accepted_at, None);
        assert!(record.parties[1].over_at <= record.ended_at);
        reasons.push((record.reason, record.parties[1].state));
    }
    let expected = [
        (EndReason::Cancelled, PartyState::Missed),
        (EndReason::Rejected, PartyState::Declined),
        (EndReason::Unreachable, PartyState::Missed),
    ];
    assert_eq!(reasons, expected);
}

#[tokio::test]
async fn who_was_added_to_a_group_later_was_called_later() {
    let receiver = HookReceiver::start().await.unwrap();
    let world = world(1, &receiver).await;
    let [ann, bob, cleo] = devices(&world);
    let mut request = invite(&["bob"], CallMedia::Livekit);
    request.room_id = Some(RoomId::parse("standup").unwrap());
    let call = ann.client.invite(&ann.relay(), &request).await.unwrap().call.id;
    bob.accepts(call).await.unwrap();
    let added = signal_protocol::AddPartyRequest { user_id: cleo.user.clone() };
    ann.client.add_party(&ann.relay(), call, &added).await.unwrap();
    cleo.accepts(call).await.unwrap();
    bob.hangs_up(call).await.unwrap();
    ann.hangs_up(call).await.unwrap();
    let record = record(&receiver, call).await;
    assert_eq!(record.room_id, Some(RoomId::parse("standup").unwrap()));
    let [ann, bob, cleo] = record.parties.as_slice() else { panic!("{:?}", record.parties) };
    assert_eq!((ann.invited_at, bob.invited_at), (record.created_at, record.created_at));
    assert!(cleo.invited_at >= bob.accepted_at.unwrap() && cleo.accepted_at.unwrap() >= cleo.invited_at);
    assert!(bob.over_at <= ann.over_at && cleo.over_at == record.ended_at);
    assert_eq!(bob.device.as_ref().unwrap().as_str(), "phone", "who has left had a device too");
}

#[tokio::test]
async fn what_was_told_badly_is_told_again_under_the_same_id() {
    let receiver = HookReceiver::start().await.unwrap();
    receiver.answer(reqwest::StatusCode::INTERNAL_SERVER_ERROR);
    let world = world(1, &receiver).await;
    let [ann, ..] = devices(&world);
    let call = ann.rings(&["bob"]).await.id;
    ann.cancels(call).await.unwrap();
    eventually("it was tried twice", BOUND, async || told(&receiver).len() >= 2).await;
    receiver.answer(reqwest::StatusCode::OK);
    eventually("it was taken", BOUND, async || told(&receiver).iter().any(|hook| hook.status.is_success()))
        .await;
    let hooks = told(&receiver);
    assert!(hooks.iter().all(|hook| hook.id() == call.to_string() && hook.body == hooks[0].body));
}

#[tokio::test]
async fn where_nobody_wants_records_none_is_enqueued_and_the_log_has_them_all_the_same() {
    let world = World::start().await;
    let [ann, ..] = devices(&world);
    let call = ann.rings(&["bob"]).await.id;
    ann.cancels(call).await.unwrap();
    let record = eventually("it is logged", BOUND, async || logged(&world).pop()).await;
    assert_eq!(record["id"], call.to_string());
    keeps_to_its_schema(&record);
    let hooks = world.replicas[0].figure("hooks_total", "").await;
    assert!(hooks < 0.5, "{hooks} hooks");
}
