//! The issuer publishes, fails and lies as it is told.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Issuer, IssuerMode};

use super::http::{get, posting};

/// The key set, found as a verifier finds it.
async fn keys(issuer: &Issuer) -> reqwest::Result<reqwest::Response> {
    let document = get(format!("{}/.well-known/openid-configuration", issuer.url())).await?;
    let document: Value = document.json().await?;
    assert_eq!(document["issuer"], issuer.url());
    get(document["jwks_uri"].as_str().unwrap()).await
}

async fn signing_keys(issuer: &Issuer) -> usize {
    let set: Value = keys(issuer).await.unwrap().json().await.unwrap();
    set["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "sig").count()
}

#[tokio::test]
async fn it_publishes_its_keys_and_counts_who_asks() {
    let issuer = Issuer::start().await.unwrap();
    assert!(issuer.url().ends_with("/realms/realtime"));
    assert_eq!(signing_keys(&issuer).await, 1);
    issuer.rotate();
    assert_eq!(signing_keys(&issuer).await, 2);
    issuer.withdraw_old_keys();
    assert_eq!(signing_keys(&issuer).await, 1);
    assert_eq!((issuer.discovery_requests(), issuer.key_requests()), (3, 3));
    assert_eq!(issuer.sign(&json!({ "sub": "alice" })).split('.').count(), 3);
}

#[tokio::test]
async fn it_fails_and_lies_as_told() {
    let issuer = Issuer::start().await.unwrap();

    issuer.keys_behave(IssuerMode::Status(::http::StatusCode::INTERNAL_SERVER_ERROR));
    assert_eq!(keys(&issuer).await.unwrap().status(), 500);

    issuer.keys_behave(IssuerMode::Instead(json!({ "keys": [] })));
    assert_eq!(signing_keys(&issuer).await, 0);

    issuer.keys_behave(IssuerMode::Garbage);
    assert!(keys(&issuer).await.unwrap().json::<Value>().await.is_err());

    issuer.keys_behave(IssuerMode::TooLarge);
    assert!(keys(&issuer).await.unwrap().bytes().await.unwrap().len() > 256 * 1024);

    issuer.keys_behave(IssuerMode::Redirect);
    let redirect = keys(&issuer).await.unwrap();
    assert_eq!(redirect.status(), 302);
    let target = redirect.url().join(redirect.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(get(target).await.unwrap().status(), 200);

    issuer.keys_behave(IssuerMode::Slow(Duration::from_hours(1)));
    assert!(tokio::time::timeout(Duration::from_millis(200), keys(&issuer)).await.is_err());

    issuer.keys_behave(IssuerMode::Honest);
    issuer.discovery_behaves(IssuerMode::Garbage);
    assert!(keys(&issuer).await.unwrap_err().is_decode());

    issuer.discovery_behaves(IssuerMode::Honest);
    issuer.down().await;
    assert!(keys(&issuer).await.unwrap_err().is_connect());
    issuer.up().await.unwrap();
    assert_eq!(signing_keys(&issuer).await, 1);
}

#[tokio::test]
async fn its_service_client_gets_tokens_and_nobody_else() {
    let issuer = Issuer::start().await.unwrap();
    let (id, secret) = issuer.service_client();
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let ask = async |secret: &str, grant: &str| {
        let endpoint = format!("{}/protocol/openid-connect/token", issuer.url());
        let request = posting(endpoint).basic_auth(encoded(id), Some(encoded(secret)));
        let form = "application/x-www-form-urlencoded";
        request.header("content-type", form).body(format!("grant_type={grant}")).send().await.unwrap()
    };
    let given: Value = ask(secret, "client_credentials").await.json().await.unwrap();
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(ask("another", "client_credentials").await.status(), 401);
    assert_eq!(ask(secret, "password").await.status(), 400);
    assert_eq!(issuer.token_requests(), 1, "those who may have no token are not counted");
    issuer.tokens_behave(IssuerMode::Garbage);
    assert!(ask(secret, "client_credentials").await.json::<Value>().await.is_err());
}
