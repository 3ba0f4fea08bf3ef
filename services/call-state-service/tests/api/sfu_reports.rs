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
    let report = SfuReport { call_id: call, asked_at: check.at, present: Vec::new() };
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
    let report = SfuReport { call_id: call, asked_at: clock::DateTime::UNIX_EPOCH, present };
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
