//! Issuers that fail, refuse and lie.

use http_client::StatusCode;
use identity::ServiceAccountFailure;
use identity::development_issuer::TOKEN_PATH;
use serde_json::{Value, json};
use testkit::IssuerMode;

use crate::world::{BOUND, World};

fn kind(failure: &ServiceAccountFailure) -> &'static str {
    match failure {
        ServiceAccountFailure::UnknownTenant => "unknown_tenant",
        ServiceAccountFailure::Discovery(_) => "discovery",
        ServiceAccountFailure::NoEndpoint => "no_endpoint",
        ServiceAccountFailure::Endpoint(_) => "endpoint",
        ServiceAccountFailure::Refused { .. } => "refused",
        ServiceAccountFailure::Unusable => "unusable",
        _ => "other",
    }
}

async fn failure(world: &World) -> &'static str {
    kind(&world.token().await.expect_err("there is no token"))
}

fn answer(changes: &Value) -> IssuerMode {
    let mut answer = json!({ "access_token": "a.b.c", "token_type": "Bearer", "expires_in": 300 });
    answer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    IssuerMode::Instead(answer)
}

#[tokio::test]
async fn an_answer_without_a_usable_token_is_none() {
    let world = World::start_with(|settings| settings.jwks_timeout_ms = 1_000).await;
    let rows = [
        (answer(&json!({ "access_token": null })), "unusable"),
        (answer(&json!({ "access_token": "" })), "unusable"),
        (answer(&json!({ "access_token": "a\r\nX-Evil: 1" })), "unusable"),
        (answer(&json!({ "access_token": "a".repeat(8 * 1024 + 1) })), "unusable"),
        (answer(&json!({ "token_type": "mac" })), "unusable"),
        (answer(&json!({ "expires_in": "soon" })), "unusable"),
        (answer(&json!({ "expires_in": null })), "unusable"),
        (IssuerMode::Garbage, "unusable"),
        (IssuerMode::TooLarge, "endpoint"),
        (IssuerMode::Status(StatusCode::SERVICE_UNAVAILABLE), "refused"),
        (IssuerMode::Redirect, "refused"),
        (IssuerMode::Slow(BOUND * 10), "endpoint"),
    ];
    for (mode, expected) in rows {
        world.issuer.tokens_behave(mode.clone());
        assert_eq!(failure(&world).await, expected, "{mode:?}");
        world.advance(10);
    }
    world.issuer.tokens_behave(answer(&json!({ "expires_in": u32::MAX, "token_type": "bearer" })));
    assert_eq!(world.token().await.unwrap().as_str(), "a.b.c");
    world.advance(24 * 3_600);
    world.issuer.tokens_behave(IssuerMode::Honest);
    assert_ne!(
        world.token().await.unwrap().as_str(),
        "a.b.c",
        "no token is believed to live longer than a day"
    );
}

#[tokio::test]
async fn a_discovery_document_that_lies_is_sent_no_secret() {
    let world = World::start().await;
    let honest = world.issuer.issuer().discovery();
    let lying = |name: &str, value: Value| {
        let mut document = honest.clone();
        document[name] = value;
        IssuerMode::Instead(document)
    };
    let elsewhere = format!("{}/{TOKEN_PATH}", world.issuer.url());
    let rows = [
        (lying("issuer", json!(format!("{}/", world.issuer.url()))), "no_endpoint"),
        (lying("token_endpoint", Value::Null), "no_endpoint"),
        (lying("token_endpoint", json!("file:///etc/passwd")), "no_endpoint"),
        (lying("token_endpoint", json!(elsewhere.replace("http://", "http://user:word@"))), "no_endpoint"),
        (IssuerMode::Garbage, "discovery"),
        (IssuerMode::Redirect, "discovery"),
        (IssuerMode::Status(StatusCode::NOT_FOUND), "discovery"),
    ];
    for (mode, expected) in rows {
        world.issuer.discovery_behaves(mode.clone());
        assert_eq!(failure(&world).await, expected, "{mode:?}");
        world.advance(10);
    }
    assert_eq!(world.issuer.token_requests(), 0);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_the_issuers_own_words() {
    let world = World::start_with(|settings| {
        settings.service_account.as_mut().unwrap().client_secret = "another-canary".to_owned().into();
    })
    .await;
    let refused = world.token().await.unwrap_err();
    let ServiceAccountFailure::Refused { status, error } = &refused else { panic!("{refused:?}") };
    assert_eq!((*status, *error), (StatusCode::UNAUTHORIZED, "unauthorized_client"));
    assert!(!format!("{refused} {refused:?}").contains("canary"));
}

#[tokio::test]
async fn after_a_failure_the_issuer_is_left_alone_for_a_moment() {
    let world = World::start().await;
    world.issuer.tokens_behave(IssuerMode::Status(StatusCode::INTERNAL_SERVER_ERROR));
    for _ in 0..5 {
        assert_eq!(failure(&world).await, "refused");
    }
    assert_eq!(world.issuer.token_requests(), 1);
    world.issuer.tokens_behave(IssuerMode::Honest);
    assert_eq!(failure(&world).await, "refused", "it is not asked yet");
    world.advance(1);
    assert!(world.token().await.is_ok());
    assert_eq!(world.issuer.discovery_requests(), 2, "after a failure it is looked up anew where to ask");
}

#[tokio::test]
async fn a_token_outlives_the_issuers_outage() {
    let world = World::start().await;
    world.token().await.unwrap();
    world.issuer.down().await;
    world.advance(280);
    assert!(world.token().await.is_ok());
    world.advance(10);
    assert!(matches!(failure(&world).await, "discovery" | "endpoint"));
    world.issuer.up().await.unwrap();
    world.advance(10);
    assert!(world.token().await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_keeps_nobody_for_ever() {
    let world = World::start_with(|settings| settings.jwks_timeout_ms = 100).await;
    world.issuer.discovery_behaves(IssuerMode::Slow(BOUND * 10));
    assert_eq!(tokio::time::timeout(BOUND, failure(&world)).await, Ok("discovery"));
}
