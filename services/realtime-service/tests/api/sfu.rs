//! LiveKit away, and LiveKit with other keys.

use std::time::Duration;

use serde_json::json;
use testkit::eventually;

use crate::world::{World, send};
use reqwest::Method;

#[tokio::test]
async fn without_livekit_a_known_room_goes_on_and_another_says_so() {
    let mut world = World::start().await;
    let token = world.token("ann", &["/rooms/standup", "/rooms/retro"]);
    assert_eq!(world.join("standup", &token).await.status, 201);
    world.livekit.stop().await;
    assert_eq!(world.join("standup", &token).await.status, 201, "remembered for some seconds");
    world.join("retro", &token).await.is_problem(503, "sfu_unavailable");
    let dry_run = send(world.request(Method::POST, "/rooms/retro/join?dry_run=true", &token)).await.json();
    assert_eq!(dry_run["allowed"], false);
    assert_eq!(dry_run["checks"][3], json!({ "check": "sfu", "passed": false, "code": "sfu_unavailable" }));
    eventually("readyz is degraded, and serves", Duration::from_secs(10), async || {
        let ready = world.manage("/readyz").await;
        ready.status == 200 && ready.json()["status"] == "degraded"
    })
    .await;
    world.livekit.start_again().await.unwrap();
    assert_eq!(world.join("retro", &token).await.status, 201);
    eventually("readyz is ready again", Duration::from_secs(10), async || {
        world.manage("/readyz").await.json()["status"] == "ready"
    })
    .await;
}

#[tokio::test]
async fn livekit_with_another_secret_refuses_and_the_client_learns_no_more() {
    let world = World::with(&[("LIVEKIT__API_SECRET", "another-secret-than-livekit-has-0123456789")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let body = world.join("standup", &token).await.is_problem(502, "sfu_rejected");
    assert!(body.get("detail").is_none() && body.get("error").is_none(), "{body}");
}

#[tokio::test]
async fn a_livekit_that_does_not_answer_is_a_timeout() {
    // A listener that nobody accepts from: the connection stands, and no answer ever comes.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let world = World::with(&[("LIVEKIT__URL", &address), ("LIVEKIT__REQUEST_TIMEOUT_MS", "200")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    world.join("standup", &token).await.is_problem(504, "sfu_timeout");
}
