//! A token that was verified is remembered, for a while and no longer than it deserves.

use std::sync::Arc;

use identity::TokenRefused::{Expired, Invalid};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_token_is_verified_once_a_minute() {
    let world = World::start().await;
    let token = world.token();
    let first = world.verify(&token).await.unwrap();
    world.clock.advance(clock::Duration::seconds(59));
    assert!(Arc::ptr_eq(&first, &world.verify(&token).await.unwrap()));
    world.clock.advance(clock::Duration::seconds(1));
    assert!(!Arc::ptr_eq(&first, &world.verify(&token).await.unwrap()));
}

#[tokio::test]
async fn a_token_is_not_remembered_beyond_its_expiry() {
    let world = World::start_with(|settings| settings.leeway_seconds = 0).await;
    let mut claims = world.claims();
    claims["exp"] = json!(world.clock.now().timestamp() + 30);
    let token = world.issuer.sign(&claims);
    let first = world.verify(&token).await.unwrap();
    world.clock.advance(clock::Duration::seconds(29));
    assert!(Arc::ptr_eq(&first, &world.verify(&token).await.unwrap()));
    world.clock.advance(clock::Duration::seconds(1));
    assert_eq!(world.refusal(&token).await, Expired);
}

#[tokio::test]
async fn a_token_is_forgotten_with_its_key() {
    let world = World::start().await;
    let token = world.token();
    world.verify(&token).await.unwrap();
    world.issuer.rotate();
    world.issuer.withdraw_old_keys();
    assert!(world.verify(&token).await.is_ok(), "nobody has read the keys yet");
    assert!(world.verify(&world.token()).await.is_ok());
    assert_eq!(world.refusal(&token).await, Invalid("unknown_key"));
}

#[tokio::test]
async fn a_token_stays_remembered_while_other_keys_come_and_go() {
    let world = World::start().await;
    let token = world.token();
    let first = world.verify(&token).await.unwrap();
    world.issuer.rotate();
    assert!(world.verify(&world.token()).await.is_ok());
    assert!(Arc::ptr_eq(&first, &world.verify(&token).await.unwrap()));
}

#[tokio::test]
async fn a_remembered_token_lends_nothing_to_one_with_another_signature() {
    let world = World::start().await;
    let token = world.token();
    world.verify(&token).await.unwrap();
    let (message, _) = token.rsplit_once('.').unwrap();
    let other = world.token();
    let (_, signature) = other.rsplit_once('.').unwrap();
    assert_eq!(world.refusal(&format!("{message}.{signature}")).await, Invalid("signature"));
}

#[tokio::test]
async fn nothing_is_remembered_where_the_settings_say_so() {
    let world = World::start_with(|settings| settings.remember_seconds = 0).await;
    let token = world.token();
    let first = world.verify(&token).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &world.verify(&token).await.unwrap()));
}
