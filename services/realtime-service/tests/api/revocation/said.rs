//! What is taken for a logout token.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CLIENTS, PATH, logout_claims, say};
use crate::world::{World, send};

#[tokio::test]
async fn anything_but_a_logout_token_is_refused_and_ends_nothing() {
    let world = World::with_store(&[CLIENTS]).await;
    let login = world.claims("ann", &["/rooms/standup"]);
    let access = world.issuer.sign(&login);
    let but = |name: &str, value: Value| {
        let mut claims = logout_claims(&world, &login);
        claims[name] = value;
        world.issuer.sign(&claims)
    };
    for token in [
        access.clone(),
        but("nonce", json!("n")),
        but("aud", json!("other")),
        but("iss", json!("https://id.example.org/realms/realtime")),
        but("events", json!({})),
        but("iat", json!(1_700_000_000)),
        "x".to_owned(),
        String::new(),
        "x".repeat(9_000),
    ] {
        let answer = say(&world, &world.url, &token).await;
        answer.blames(&["logout_token"]);
    }
    let url = format!("{}{PATH}", world.url);
    let form = |body: String| {
        world.http(Method::POST, &url).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    send(form(String::new())).await.blames(&["logout_token"]);
    send(form("logout_token=a&logout_token=b".to_owned())).await.blames(&["logout_token"]);
    send(form("x".repeat(70_000))).await.is_problem(413, "too_large");
    let json = world.http(Method::POST, &url).json(&json!({ "logout_token": access }));
    send(json).await.is_problem(415, "unsupported_media_type");
    send(world.http(Method::GET, &url)).await.is_problem(405, "method_not_allowed");
    assert_eq!(world.join("standup", &access).await.status, 201);
    assert!(world.figure("backchannel_logouts_total{outcome=\"nonce\"} ").await >= 1.0);
}

#[tokio::test]
async fn the_same_token_a_hundred_times_takes_effect_once() {
    let world = World::with_store(&[CLIENTS]).await;
    let token = world.issuer.sign(&logout_claims(&world, &world.claims("ann", &[])));
    let answers = (0..100).map(|_| say(&world, &world.url, &token));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert!((world.figure("backchannel_logouts_total{outcome=\"ended\"} ").await - 1.0).abs() < 0.1);
}

#[tokio::test]
async fn without_a_store_nobody_could_be_told_and_there_is_no_such_address() {
    let world = World::with(&[CLIENTS]).await;
    let token = world.issuer.sign(&logout_claims(&world, &world.claims("ann", &[])));
    say(&world, &world.url, &token).await.is_problem(404, "not_found");
}
