//! What is in a body that LiveKit has signed.

use serde_json::json;

use super::*;

#[tokio::test]
async fn what_nobody_here_knows_is_taken_and_counted() {
    let world = without_livekit().await;
    let kept = Kept::by(&world);
    let room = standup();
    let counted = async |event: &str, outcome: &str| {
        world.figure(&format!("webhooks_total{{event=\"{event}\",outcome=\"{outcome}\"}}")).await
    };
    let mut elsewhere = ann_joined(&room, "EV_2");
    elsewhere["room"]["name"] = json!("nobody/standup");
    let mut shapeless = ann_joined(&room, "EV_3");
    shapeless["participant"] = json!(null);
    for (body, event, outcome) in [
        (room.event("egress_started", "EV_1", room.created_at_ms), "other", "unknown_event"),
        (json!({}), "other", "unknown_event"),
        (elsewhere, "participant_joined", "unknown_room"),
        (shapeless, "participant_joined", "unknown_shape"),
    ] {
        assert_eq!(told(&world, &world.url, &body).await.status, 200, "{body}");
        assert!(counted(event, outcome).await >= 1.0, "{body}");
    }
    assert_eq!(kept.at("occupancy:standup").await, None);
    let mut newer = ann_joined(&room, "EV_4");
    newer["participant"]["state"] = json!("LEVITATING");
    newer["of_tomorrow"] = json!({ "a": [1, 2, { "b": null }] });
    assert_eq!(told(&world, &world.url, &newer).await.status, 200);
    assert_eq!(kept.there().await, ["ann:web"]);
}

#[tokio::test]
async fn what_is_no_webhook_is_refused() {
    let world = without_livekit().await;
    let forge = WebhookForge::of(&world.livekit);
    let signed = |body: &[u8]| forge.authorization(body, now().timestamp());
    for body in [&b""[..], b"[]", b"{", b"\xff"] {
        let answer = send(webhook(&world, &world.url, body.to_vec(), &signed(body))).await;
        answer.is_problem(400, "malformed_json");
    }
    eventually("the log tells of it", BOUND, async || world.service.output().contains("webhook.unreadable"))
        .await;
    let large = vec![b' '; 64 * 1024 + 1];
    let token = signed(&large);
    send(webhook(&world, &world.url, large, &token)).await.is_problem(413, "too_large");
    let body = standup().event("room_started", "EV_1", now().timestamp_millis()).to_string().into_bytes();
    let token = signed(&body);
    let form = world.http(Method::POST, &format!("{}{PATH}", world.url)).header("Authorization", token);
    let form = form.header("Content-Type", "application/x-www-form-urlencoded").body(body);
    send(form).await.is_problem(415, "unsupported_media_type");
}
