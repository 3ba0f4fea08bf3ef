//! What is not taken for LiveKit's, and that nothing of it is looked at.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use reqwest::Method;
use serde_json::{Map, json};

use super::*;

/// A body whose hash is written differently in every alphabet.
fn body(world: &WebhookRoom) -> Vec<u8> {
    let bodies = (0..).map(|n| ann_joined(world, &format!("EV_{n}")).to_string().into_bytes());
    let mut telling = bodies.filter(|body| STANDARD.encode(digest(&SHA256, body)).contains(['+', '/']));
    telling.next().unwrap()
}

#[tokio::test]
async fn what_livekit_has_not_signed_changes_nothing_and_is_no_guess() {
    let world = without_livekit().await;
    let kept = Kept::by(&world);
    let forge = WebhookForge::of(&world.livekit);
    let stranger = WebhookForge::new(&world.livekit.api_key, "a secret that is nobody's, and long enough");
    let other_key = WebhookForge::new("APIother", &world.livekit.api_secret);
    let body = body(&standup());
    let now = now().timestamp();
    let hash = digest(&SHA256, &body);
    let hex = hash.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let with = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut claims = forge.claims(&body, now);
        change(&mut claims);
        forge.token(&claims)
    };
    let said = |name: &'static str, value: Value| {
        with(&|claims| {
            claims.insert(name.to_owned(), value.clone());
        })
    };
    let without = |name: &str| with(&|claims| drop(claims.remove(name)));
    let good = forge.authorization(&body, now);
    let unsigned = good.rsplit_once('.').unwrap().0.to_owned();
    let none = forge.token_with_header(&json!({ "alg": "none" }), &forge.claims(&body, now));
    let spaced = [&b" "[..], &body].concat();
    for (token, why) in [
        (String::new(), "token"),
        ("not a token".to_owned(), "token"),
        (format!("Bearer {good}"), "token"),
        (format!("{good}x"), "token"),
        (format!("{unsigned}."), "token"),
        (unsigned, "token"),
        (none, "token"),
        (
            forge.token_with_header(&json!({ "alg": "HS512", "typ": "JWT" }), &forge.claims(&body, now)),
            "token",
        ),
        (stranger.authorization(&body, now), "token"),
        (other_key.authorization(&body, now), "token"),
        (without("iss"), "token"),
        (without("exp"), "token"),
        (said("exp", json!(now - 120)), "token"),
        (said("nbf", json!(now + 120)), "token"),
        (said("padding", json!("x".repeat(5_000))), "token"),
        (said("video", json!({ "roomJoin": true, "room": "realtime/standup" })), "grants"),
        (said("video", json!({})), "grants"),
        (without("sha256"), "no_hash"),
        (said("sha256", json!("")), "no_hash"),
        (said("sha256", json!(7)), "token"),
        (said("sha256", json!(hex)), "other_body"),
        (said("sha256", json!(URL_SAFE.encode(hash))), "other_body"),
        (said("sha256", json!(STANDARD.encode(hash).trim_end_matches('='))), "other_body"),
        (forge.authorization(&spaced, now), "other_body"),
    ] {
        let counted = format!("webhooks_total{{event=\"none\",outcome=\"{why}\"}}");
        let before = world.figure(&counted).await;
        let answer = send(webhook(&world, &world.url, body.clone(), &token)).await;
        answer.is_problem(401, "token_invalid");
        assert!((world.figure(&counted).await - before - 1.0).abs() < 0.1, "{why}: {token}");
    }
    let twice = webhook(&world, &world.url, body.clone(), &good).header("Authorization", &good);
    send(twice).await.is_problem(401, "token_invalid");
    assert_eq!(kept.at("occupancy:standup").await, None);
    // More than the ten a minute that an address may guess at tokens.
    world.get("/rooms/standup", "no token").await.is_problem(401, "token_invalid");
    assert_eq!(send(webhook(&world, &world.url, body, &good)).await.status, 200);
    assert_eq!(kept.there().await, ["ann:web"]);
}

#[tokio::test]
async fn the_token_of_a_join_signs_no_webhook() {
    let world = World::with_store(&[]).await;
    let joined = world.join("standup", &world.token("ann", &["/rooms/standup/moderator"])).await.json();
    let token = joined["participant_token"].as_str().unwrap();
    let answer = send(webhook(&world, &world.url, body(&standup()), token)).await;
    answer.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn without_a_store_there_is_no_such_route() {
    let world = World::start().await;
    told(&world, &world.url, &ann_joined(&standup(), "EV_1")).await.is_problem(404, "not_found");
    let world = without_livekit().await;
    let get = world.http(Method::GET, &format!("{}{PATH}", world.url));
    send(get).await.is_problem(405, "method_not_allowed");
}
