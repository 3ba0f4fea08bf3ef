//! Tokens of a real Keycloak.

#![expect(clippy::unwrap_used, reason = "a test ends where something unforeseen happens")]

use clock::Clock;
use identity::TokenRefused::Invalid;
use identity::{IdentitySettings, IssuerSettings, ServiceAccount, ServiceAccountSettings, Verifier};
use serde_json::json;
use settings::Environment;
use testkit::Keycloak;

async fn verifier_of(keycloak: &Keycloak) -> Verifier {
    let settings = IdentitySettings {
        issuers: vec![IssuerSettings::from(keycloak.issuer().as_str())],
        authorized_parties: vec!["web".to_owned()],
        ..IdentitySettings::default()
    };
    let verifier = Verifier::start(&settings, Environment::Development, Clock::system()).unwrap();
    verifier.ready().await;
    verifier
}

#[tokio::test]
async fn only_access_tokens_of_the_realm_are_accepted() {
    let keycloak = Keycloak::shared().await.unwrap();
    let verifier = verifier_of(keycloak).await;
    let alice = keycloak.password_grant("alice").await.unwrap();
    let caller = verifier.verify(&alice.access).await.unwrap();
    assert_eq!(caller.tenant.as_str(), "realtime");
    assert!(caller.name.as_ref().is_some_and(|name| !name.contains('@')), "{:?}", caller.name);
    assert!(caller.session.is_some());
    assert!(!caller.administrator);
    assert_eq!(caller.claim("preferred_username"), Some(json!("alice")));
    let groups = caller.claim("groups").unwrap();
    assert!(
        groups.as_array().is_some_and(|groups| groups.contains(&json!("/rooms/standup/moderator"))),
        "{groups}"
    );

    assert_eq!(verifier.verify(&alice.id).await.unwrap_err(), Invalid("type"));
    // Signed with a secret of Keycloak's own.
    assert_eq!(verifier.verify(&alice.refresh).await.unwrap_err(), Invalid("algorithm"));
    let of_another_realm = keycloak.admin().await.unwrap();
    assert_eq!(verifier.verify(&of_another_realm).await.unwrap_err(), Invalid("issuer"));
    let (message, signature) = alice.access.rsplit_once('.').unwrap();
    let tampered = format!("{message}.{}", signature.chars().rev().collect::<String>());
    assert_eq!(verifier.verify(&tampered).await.unwrap_err(), Invalid("signature"));

    let erin = keycloak.password_grant("erin").await.unwrap();
    let erin = verifier.verify(&erin.access).await.unwrap();
    assert!(erin.administrator);
    assert_ne!(erin.user, caller.user);
}

#[tokio::test]
async fn the_realms_key_for_encryption_is_left_alone() {
    let keycloak = Keycloak::shared().await.unwrap();
    let verifier = verifier_of(keycloak).await;
    // That it is published at all is what makes this test mean something.
    let client = http_client::Client::new("keycloak", &http_client::ClientSettings::default()).unwrap();
    let keys = format!("{}/protocol/openid-connect/certs", keycloak.issuer()).parse().unwrap();
    let published: serde_json::Value = client.get(keys).send().await.unwrap().json().unwrap();
    let published = published["keys"].as_array().unwrap();
    let encryption = published.iter().find(|key| key["use"] == "enc").expect("Keycloak publishes one");
    let token = keycloak.password_grant("bob").await.unwrap().access;
    let forged = identity::development_issuer::SigningKey::generate(identity::Algorithm::Rs256)
        .named(encryption["kid"].as_str().unwrap());
    let claims = json!({ "iss": keycloak.issuer() });
    let refused = verifier.verify(&forged.sign(&json!({}), &claims)).await.unwrap_err();
    assert_eq!(refused, Invalid("unknown_key"));
    assert!(verifier.verify(&token).await.is_ok());
}

/// The secret of the realm file's service client.
const DEVELOPMENT_SECRET: &str = "development-realtime-service-secret-never-in-production";

#[tokio::test]
async fn our_service_account_gets_a_token_that_may_act_on_calls() {
    let keycloak = Keycloak::shared().await.unwrap();
    let settings = IdentitySettings {
        issuers: vec![IssuerSettings::from(keycloak.issuer().as_str())],
        authorized_parties: vec!["realtime-service".to_owned()],
        service_account: Some(ServiceAccountSettings {
            client_id: "realtime-service".to_owned(),
            client_secret: DEVELOPMENT_SECRET.to_owned().into(),
        }),
        // Keycloak is slow while it warms up, and that is not what is tested.
        jwks_timeout_ms: 10_000,
        ..IdentitySettings::default()
    };
    let account =
        ServiceAccount::new(&settings, Environment::Development, &Clock::system()).unwrap().unwrap();
    let verifier = Verifier::start(&settings, Environment::Development, Clock::system()).unwrap();
    verifier.ready().await;
    let token = account.token(&settings.tenants()[0]).await.unwrap();
    let caller = verifier.verify(token.as_str()).await.unwrap();
    assert!(caller.acts_on_calls && !caller.administrator);
    let of_a_person = verifier_of(keycloak).await;
    // Somebody whom no other test here logs in: Keycloak refuses two logins of one person at the same moment.
    let frank = keycloak.password_grant("frank").await.unwrap().access;
    assert!(!of_a_person.verify(&frank).await.unwrap().acts_on_calls);
}
