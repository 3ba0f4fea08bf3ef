//! What LiveKit says of a call's room, by way of realtime-service.

use std::time::Duration;

use call_state_api::outbox::{SFU_QUEUE, SfuEffect, SfuTask};
use call_state_api::{Present, SfuReport};
use reqwest::Method;
use serde_json::json;
use signal_protocol::{CallPhase, EndReason, ErrorCode};
use store::Key;
use testkit::eventually;

use crate::world::{BOUND, Device, World, refused};

/// What waits to be done in the SFU. Taken by one consumer, each effect is seen once.
async fn effects(world: &World) -> Vec<SfuEffect> {
    let queue = Key::parse(SFU_QUEUE).unwrap();
    let (block, idle) = (Duration::from_millis(50), Duration::from_mins(10));
    let taken = world.store.take(&world.tenant, &queue, "test", 100, block, idle).await.unwrap();
    taken.iter().map(|entry| serde_json::from_slice(&entry.data).unwrap()).collect()
}

fn service(world: &World) -> Device {
    Device { token: world.service_token(), ..world.device("service-account", "default") }
}

#[tokio::test]
async fn an_active_call_whose_room_is_empty_ends_once_livekit_has_said_so() {
    let world = World::with(2, &[("CALLS__CONNECT_SECONDS", "1")]).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    bob.accepts(call).await.unwrap();
    let check = eventually("LiveKit is asked", BOUND, async || {
        effects(&world).await.into_iter().find(|effect| effect.what == SfuTask::Check)
    })
    .await;
    assert_eq!((check.call_id, &check.room), (call, &call.room()));
    assert!(check.traceparent.is_some());
    // Until it has answered, nothing ends.
    assert_eq!(ann.sees(call).await.unwrap().phase, CallPhase::Active);
    let report = SfuReport { call_id: call, asked_at: check.at, present: Vec::new(), room_deleted: false };
    let service = service(&world);
    service.client.sfu_report(&service.relay(), &report).await.unwrap();
    assert_eq!(ann.sees(call).await.unwrap().reason, Some(EndReason::ConnectionTimeout));
    let close = eventually("the room is closed", BOUND, async || effects(&world).await.pop()).await;
    assert_eq!((close.what, close.call_id), (SfuTask::Close, call));
}

#[tokio::test]
async fn nobody_but_our_own_service_reports() {
    let world = World::start().await;
    let ann = world.device("ann", "a");
    let call = ann.rings(&["bob"]).await.id;
    let present = vec![Present { user_id: ann.user.clone(), device: ann.id.clone() }];
    let report =
        SfuReport { call_id: call, asked_at: clock::DateTime::UNIX_EPOCH, present, room_deleted: false };
    let denied = refused(ann.client.sfu_report(&ann.relay(), &report).await);
    assert_eq!(denied.code, ErrorCode::AccessDenied);
    let service = service(&world);
    service.client.sfu_report(&service.relay(), &report).await.unwrap();
    // A service account is no party of anything.
    assert_eq!(refused(service.sees(call).await).code, ErrorCode::CallNotFound);
    let crowd = vec![json!({ "user_id": "ann", "device": "a" }); SfuReport::MOST_PRESENT + 1];
    let body = json!({ "call_id": call, "asked_at": "2026-01-01T00:00:00Z", "present": crowd });
    world.send(Method::POST, "/sfu-reports", &service.token, &body).await.blames(&["present"]);
}

#[tokio::test]
async fn a_report_is_answered_with_who_is_not_in_the_call() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob", "carol"]).await.id;
    bob.accepts(call).await.unwrap();
    let present = |users: &[&str]| -> Vec<Present> {
        users
            .iter()
            .map(|user| Present { user_id: world.device(user, "x").user, device: ann.id.clone() })
            .collect()
    };
    let report = SfuReport {
        call_id: call,
        asked_at: clock::Clock::system().now(),
        present: present(&["ann", "bob", "carol", "mallory"]),
        room_deleted: false,
    };
    let service = service(&world);
    let answer = service.client.sfu_report(&service.relay(), &report).await.unwrap().unwrap();
    let outsiders: Vec<_> = answer.outsiders.iter().map(signal_protocol::UserId::as_str).collect();
    assert_eq!((answer.live, outsiders), (true, vec!["carol", "mallory"]));
    service.client.end_call(&service.relay(), call, EndReason::Error).await.unwrap();
    let answer = service.client.sfu_report(&service.relay(), &report).await.unwrap().unwrap();
    assert!(!answer.live);
}

#[tokio::test]
async fn a_call_is_ended_from_outside_for_reasons_from_outside() {
    let world = World::start().await;
    let (ann, service) = (world.device("ann", "a"), service(&world));
    let call = ann.rings(&["bob"]).await.id;
    let denied = refused(ann.client.end_call(&ann.relay(), call, EndReason::Removed).await);
    assert_eq!(denied.code, ErrorCode::AccessDenied);
    let wrong = service.client.end_call(&service.relay(), call, EndReason::Completed).await;
    assert_eq!(refused(wrong).code, ErrorCode::InvalidField);
    for _ in 0..2 {
        service.client.end_call(&service.relay(), call, EndReason::ServerShutdown).await.unwrap();
        assert_eq!(ann.sees(call).await.unwrap().reason, Some(EndReason::ServerShutdown));
    }
    let unknown = signal_protocol::CallId::parse("0198c5a0-7c3e-7d5a-8f00-0123456789ab").unwrap();
    let absent = service.client.end_call(&service.relay(), unknown, EndReason::Error).await;
    assert_eq!(refused(absent).code, ErrorCode::CallNotFound);
}

#[tokio::test]
async fn somebody_is_taken_out_of_a_call_by_our_own_service_alone() {
    let world = World::start().await;
    let (ann, bob, service) = (world.device("ann", "a"), world.device("bob", "b"), service(&world));
    let carol = world.device("carol", "c");
    let call = ann.rings(&["bob", "carol"]).await.id;
    bob.accepts(call).await.unwrap();
    carol.accepts(call).await.unwrap();
    let denied = refused(ann.client.remove_party(&ann.relay(), call, &carol.user).await);
    assert_eq!(denied.code, ErrorCode::AccessDenied);
    let nobody = world.device("mallory", "m").user;
    let absent = service.client.remove_party(&service.relay(), call, &nobody).await;
    assert_eq!(refused(absent).code, ErrorCode::ParticipantNotFound);
    service.client.remove_party(&service.relay(), call, &carol.user).await.unwrap();
    assert_eq!(ann.sees(call).await.unwrap().phase, CallPhase::Active);
    assert_eq!(refused(carol.accepts(call).await).code, ErrorCode::NotAllowedInPhase);
    service.client.remove_party(&service.relay(), call, &bob.user).await.unwrap();
    assert_eq!(ann.sees(call).await.unwrap().reason, Some(EndReason::Removed));
}
