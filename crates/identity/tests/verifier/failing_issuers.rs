//! Issuers that fail and lie: the keys in use stay in use, and without any the answer is that we cannot tell.

use std::time::Duration;

use http_client::StatusCode;
use identity::TokenRefused::{Invalid, Unavailable};
use identity::{Algorithm, development_issuer::SigningKey};
use serde_json::{Value, json};
use testkit::{Issuer, IssuerMode, eventually};

use crate::world::{BOUND, World};

/// The same key under 51 names.
fn too_many_keys() -> Value {
    let key = SigningKey::generate(Algorithm::Rs256).jwk();
    let keys = (0..51).map(|number| {
        let mut key = key.clone();
        key["kid"] = json!(number.to_string());
        key
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}

fn bad_answers() -> Vec<IssuerMode> {
    vec![
        IssuerMode::Status(StatusCode::INTERNAL_SERVER_ERROR),
        IssuerMode::Status(StatusCode::NOT_FOUND),
        IssuerMode::Status(StatusCode::NO_CONTENT),
        IssuerMode::Garbage,
        IssuerMode::TooLarge,
        IssuerMode::Redirect,
        IssuerMode::Slow(BOUND * 10),
        IssuerMode::Instead(json!({ "keys": [] })),
        IssuerMode::Instead(json!({ "keys": [{ "kty": "oct", "kid": "k", "use": "sig", "k": "c2VjcmV0" }] })),
        IssuerMode::Instead(too_many_keys()),
        IssuerMode::Instead(json!([])),
    ]
}

#[tokio::test]
async fn a_reading_that_fails_keeps_the_last_good_keys() {
    let mut issuer = Issuer::start().await.unwrap();
    for bad in bad_answers() {
        issuer.keys_behave(IssuerMode::Honest);
        let world = World::unready(issuer, |settings| {
            settings.jwks_timeout_ms = 2_000;
            settings.jwks_retry_ms = 60_000;
        });
        world.ready().await;
        let requests = world.issuer.key_requests();
        let good_at = world.verifier.readiness()[0].last_good;
        assert_eq!(good_at, Some(world.clock.now()));
        world.issuer.keys_behave(bad.clone());
        world.clock.advance(clock::Duration::seconds(1));
        assert_eq!(world.refusal(&world.token_of_unknown_key()).await, Invalid("unknown_key"), "{bad:?}");
        assert_eq!(world.issuer.key_requests(), requests + 1, "{bad:?}");
        assert!(world.verify(&world.token()).await.is_ok(), "{bad:?}");
        assert_eq!(world.verifier.readiness()[0].last_good, good_at, "{bad:?}");
        issuer = world.issuer;
    }
}

#[tokio::test]
async fn without_any_keys_nothing_can_be_said_and_they_are_used_as_soon_as_they_are_there() {
    let mut issuer = Issuer::start().await.unwrap();
    for bad in bad_answers() {
        issuer.keys_behave(bad.clone());
        let world = World::unready(issuer, |settings| settings.jwks_timeout_ms = 2_000);
        assert_eq!(world.refusal(&world.token()).await, Unavailable, "{bad:?}");
        assert_eq!(world.verifier.readiness()[0].last_good, None, "{bad:?}");
        world.issuer.keys_behave(IssuerMode::Honest);
        world.ready().await;
        assert!(world.verify(&world.token()).await.is_ok(), "{bad:?}");
        issuer = world.issuer;
    }
}

#[tokio::test]
async fn a_discovery_document_that_lies_leads_to_no_keys() {
    let mut issuer = Issuer::start().await.unwrap();
    let honest = issuer.issuer().discovery();
    let lying = |name: &str, value: Value| {
        let mut document = honest.clone();
        document[name] = value;
        IssuerMode::Instead(document)
    };
    let lies = [
        lying("issuer", json!(format!("{}/", issuer.url()))),
        lying("issuer", json!([issuer.url()])),
        lying("jwks_uri", json!("file:///etc/passwd")),
        lying("jwks_uri", Value::Null),
        IssuerMode::Redirect,
        IssuerMode::TooLarge,
        IssuerMode::Garbage,
    ];
    for lie in lies {
        issuer.discovery_behaves(lie.clone());
        let world = World::unready(issuer, |_| {});
        assert_eq!(world.refusal(&world.token()).await, Unavailable, "{lie:?}");
        assert_eq!(world.issuer.key_requests(), 0, "{lie:?}");
        issuer = world.issuer;
    }
}

#[tokio::test]
async fn the_start_waits_for_no_issuer_and_a_token_waits_for_the_first_reading() {
    let issuer = Issuer::start().await.unwrap();
    issuer.keys_behave(IssuerMode::Slow(Duration::from_millis(300)));
    let world = World::unready(issuer, |_| {});
    assert_eq!(world.verifier.readiness()[0].last_good, None);
    assert!(world.verify(&world.token()).await.is_ok());
}

#[tokio::test]
async fn a_token_waits_no_longer_than_the_settings_say() {
    let issuer = Issuer::start().await.unwrap();
    issuer.keys_behave(IssuerMode::Slow(BOUND * 10));
    let world = World::unready(issuer, |settings| settings.jwks_wait_ms = 50);
    let refusal = tokio::time::timeout(BOUND, world.refusal(&world.token())).await;
    assert_eq!(refusal, Ok(Unavailable));
}

#[tokio::test]
async fn an_issuer_that_is_down_at_the_start_is_found_when_it_comes() {
    let issuer = Issuer::start().await.unwrap();
    issuer.down().await;
    let world = World::unready(issuer, |_| {});
    assert_eq!(world.refusal(&world.token()).await, Unavailable);
    world.issuer.up().await.unwrap();
    world.ready().await;
    assert!(world.verify(&world.token()).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_goes_down_leaves_its_known_keys_in_use() {
    let world = World::start_with(|settings| settings.jwks_refresh_seconds = 1).await;
    world.issuer.down().await;
    let unknown = world.token_of_unknown_key();
    assert_eq!(world.refusal(&unknown).await, Invalid("unknown_key"));
    assert!(world.verify(&world.token()).await.is_ok());
    world.issuer.up().await.unwrap();
    let before = world.verifier.readiness()[0].last_good;
    world.clock.advance(clock::Duration::seconds(30));
    eventually("the keys are read again", BOUND, async || world.verifier.readiness()[0].last_good > before)
        .await;
}
