//! Tokens at the door: which are let through, and with which words the others are not.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Issuer;

use crate::world::{World, claims, send};

#[tokio::test]
async fn each_kind_of_wrong_token_is_refused_with_its_code() {
    let world = World::with(&[("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "1000")]).await;
    let good = world.claims("ann", &["/rooms/standup"]);
    let signed = |change: Value| {
        let mut claims = good.clone();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        world.issuer.sign(&claims)
    };
    let headed = |header: Value| world.issuer.issuer().sign_with(&header, &good);
    let now = good["iat"].as_i64().unwrap();
    let token = world.issuer.sign(&good);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let foreign = Issuer::start().await.unwrap();
    for (what, token, code) in [
        ("expired", signed(json!({ "iat": now - 120, "exp": now - 60 })), "token_expired"),
        ("an ID token", signed(json!({ "typ": "ID" })), "token_invalid"),
        ("a refresh token", signed(json!({ "typ": "Refresh" })), "token_invalid"),
        ("an offline token", signed(json!({ "typ": "Offline" })), "token_invalid"),
        ("another audience", signed(json!({ "aud": "account" })), "token_invalid"),
        ("no audience", signed(json!({ "aud": null })), "token_invalid"),
        ("another issuer's name", signed(json!({ "iss": foreign.url() })), "token_invalid"),
        ("issuers in a list", signed(json!({ "iss": [world.issuer.url()] })), "token_invalid"),
        ("a life of a day", signed(json!({ "exp": now + 86_400 })), "token_invalid"),
        ("issued in an hour", signed(json!({ "iat": now + 3600, "exp": now + 3900 })), "token_invalid"),
        ("not valid yet", signed(json!({ "nbf": now + 600 })), "token_invalid"),
        ("no subject", signed(json!({ "sub": null })), "token_invalid"),
        ("a subject that is no id", signed(json!({ "sub": "a/../b" })), "token_invalid"),
        ("a foreign realm", foreign.sign(&claims(&foreign, "ann", &["/rooms/standup"])), "token_invalid"),
        (
            "a tampered signature",
            format!("{head}.{}", signature.chars().rev().collect::<String>()),
            "token_invalid",
        ),
        ("no signature", format!("{head}."), "token_invalid"),
        ("alg none", headed(json!({ "alg": "none" })), "token_invalid"),
        ("alg HS256", headed(json!({ "alg": "HS256" })), "token_invalid"),
        ("crit", headed(json!({ "crit": ["x"], "x": 1 })), "token_invalid"),
        ("an unknown key", headed(json!({ "kid": "other" })), "token_invalid"),
        ("no JWT at all", "abc".to_owned(), "token_invalid"),
        ("more than 8 KiB", format!("{token}{}", "A".repeat(9000)), "token_invalid"),
    ] {
        let answer = world.join("standup", &token).await;
        assert!(answer.text.contains(code), "{what}: {} {}", answer.status, answer.text);
        answer.is_problem(401, code);
    }
    assert_eq!(world.join("standup", &token).await.status, 201);
}

#[tokio::test]
async fn who_is_asking_comes_before_what_is_asked() {
    let world = World::start().await;
    // A key id that nobody knows: the keys are read again, and meanwhile nothing else is looked at.
    let forged = world.issuer.issuer().sign_with(&json!({ "kid": "other" }), &world.claims("ann", &[]));
    let ill_formed = send(world.request(Method::POST, "/rooms/.x/join", &forged).body("{")).await;
    ill_formed.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn only_one_bearer_header_is_a_token() {
    let world = World::with(&[("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "100")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let http = reqwest_client();
    let url = format!("{}/api/realtime/rooms/standup/join", world.url);
    send(http.post(&url)).await.is_problem(401, "token_missing");
    send(http.post(&url).basic_auth("ann", Some("ann"))).await.is_problem(401, "token_missing");
    let in_query = format!("{url}?access_token={token}");
    send(http.post(in_query)).await.is_problem(401, "token_missing");
    let twice = world.request(Method::POST, "/rooms/standup/join", &token).bearer_auth(&token);
    send(twice).await.is_problem(401, "token_invalid");
}

#[tokio::test]
async fn without_keys_nobody_is_refused_as_a_liar() {
    let issuer = Issuer::start().await.unwrap();
    let url = issuer.url();
    issuer.down().await;
    let world = World::unready(&[
        ("IDENTITY__ISSUERS", &url),
        ("IDENTITY__JWKS_WAIT_MS", "50"),
        ("IDENTITY__JWKS_RETRY_MS", "50"),
        ("IDENTITY__JWKS_REFRESH_SECONDS", "1"),
    ])
    .await;
    let token = issuer.sign(&claims(&issuer, "ann", &["/rooms/standup"]));
    world.join("standup", &token).await.is_problem(503, "identity_unavailable");
    assert_eq!(world.manage("/livez").await.status, 200);
    assert_eq!(world.manage("/readyz").await.status, 503);
    issuer.up().await.unwrap();
    testkit::eventually("the keys are found", Duration::from_secs(20), async || {
        world.join("standup", &token).await.status == 201
    })
    .await;
    testkit::eventually("the service is ready", Duration::from_secs(10), async || {
        world.manage("/readyz").await.status == 200
    })
    .await;
    // Known keys go on working when the issuer is away again.
    issuer.down().await;
    assert_eq!(world.join("standup", &token).await.status, 201);
    testkit::eventually("old keys are told of", Duration::from_secs(20), async || {
        let ready = world.manage("/readyz").await;
        ready.status == 200 && ready.json()["checks"]["keys_of_every_issuer"]["status"] == "failing"
    })
    .await;
    assert_eq!(world.join("standup", &token).await.status, 201);
}

fn reqwest_client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
    reqwest::Client::new()
}
