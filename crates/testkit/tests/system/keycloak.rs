//! Keycloak gives tokens, rotates its keys and keeps them over a restart.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use testkit::Keycloak;

use super::http::get;

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap().to_owned()
}

/// Of this test alone: the server may be shared with other programs.
const REALM: &str = "testkit-foreign";

/// The ids of the keys that the realm publishes for signatures.
async fn published(keycloak: &Keycloak) -> Vec<String> {
    let url = format!("{}/protocol/openid-connect/certs", keycloak.issuer());
    let set: Value = get(url).await.unwrap().json().await.unwrap();
    let keys = set["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "sig");
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_shared_server_gives_tokens_to_the_demo_users() {
    let keycloak = Keycloak::shared().await.unwrap();
    let tokens = keycloak.password_grant("alice").await.unwrap();
    let claims = part(&tokens.access, 1);
    assert_eq!(claims["iss"], keycloak.issuer());
    assert_eq!(claims["typ"], "Bearer");
    assert_eq!(claims["azp"], "web");
    assert!(claims["groups"].as_array().unwrap().contains(&"/rooms/standup/moderator".into()), "{claims}");
    assert_eq!(part(&tokens.id, 1)["typ"], "ID");
    assert_eq!(part(&tokens.refresh, 1)["typ"], "Refresh");

    let refused = keycloak.password_grant("mallory").await.unwrap_err().to_string();
    assert!(refused.contains("invalid_grant"), "{refused}");
}

#[tokio::test]
async fn a_second_realm_has_the_same_users_under_its_own_keys_and_ids() {
    let keycloak = Keycloak::shared().await.unwrap();
    keycloak.create_realm(REALM).await.unwrap();
    let foreign = keycloak.password_grant_of(REALM, "alice").await.unwrap().access;
    let ours = keycloak.password_grant("alice").await.unwrap().access;
    assert_eq!(part(&foreign, 1)["iss"], keycloak.issuer_of(REALM));
    assert_ne!(part(&foreign, 1)["sub"], part(&ours, 1)["sub"]);
    assert_ne!(kid(&foreign), kid(&ours));
    keycloak.remove_realm(REALM).await.unwrap();
}

#[tokio::test]
async fn keys_rotate_and_survive_a_restart() {
    let mut keycloak = Keycloak::start().await.unwrap();
    let old = kid(&keycloak.password_grant("bob").await.unwrap().access);

    keycloak.rotate_keys().await.unwrap();
    let new = kid(&keycloak.password_grant("bob").await.unwrap().access);
    assert_ne!(new, old);
    let both = published(&keycloak).await;
    assert!(both.contains(&old) && both.contains(&new), "{both:?}");

    keycloak.remove_old_keys().await.unwrap();
    assert_eq!(published(&keycloak).await, std::slice::from_ref(&new));

    let issuer = keycloak.issuer();
    keycloak.stop().await;
    assert!(keycloak.password_grant("bob").await.is_err());
    keycloak.start_again().await.unwrap();
    assert_eq!(keycloak.issuer(), issuer);
    assert_eq!(kid(&keycloak.password_grant("bob").await.unwrap().access), new);
}
