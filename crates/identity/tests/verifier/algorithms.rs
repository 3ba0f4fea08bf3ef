//! Each algorithm where it is allowed, and nowhere else.

use identity::Algorithm::{self, EdDsa, Es256, Ps256, Rs256};
use identity::TokenRefused::Invalid;
use identity::development_issuer::SigningKey;
use serde_json::json;
use testkit::{Issuer, IssuerMode};

use crate::world::World;

#[tokio::test]
async fn every_accepted_algorithm_is_checked_with_a_key_of_its_own() {
    let world = World::start_with(|settings| settings.algorithms = vec![Rs256, Ps256, Es256, EdDsa]).await;
    for algorithm in [Rs256, Ps256, Es256, EdDsa] {
        let key = SigningKey::generate(algorithm);
        let forger = SigningKey::generate(algorithm).named(key.kid());
        world.issuer.issuer().rotate_to(key);
        world.cool_down();
        assert!(world.verify(&world.token()).await.is_ok(), "{algorithm:?}");
        let token = forger.sign(&json!({}), &world.claims());
        assert_eq!(world.refusal(&token).await, Invalid("signature"), "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_key_of_an_algorithm_that_is_not_accepted_is_no_key() {
    for algorithm in [Ps256, Es256, EdDsa] {
        let world = World::start().await;
        world.issuer.issuer().rotate_to(SigningKey::generate(algorithm));
        assert_eq!(world.refusal(&world.token()).await, Invalid("unknown_key"), "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_key_for_encryption_signs_nothing() {
    let issuer = Issuer::start().await.unwrap();
    let encryption = SigningKey::generate(Algorithm::Rs256);
    let signature = SigningKey::generate(Algorithm::Rs256);
    // Once as Keycloak publishes it, and once with nothing but its use to tell it by.
    let mut only_by_use = encryption.named("only-by-use").jwk();
    only_by_use["use"] = json!("enc");
    let disguised = SigningKey::generate(Algorithm::Rs256).named("disguised");
    let keys = [signature.jwk(), only_by_use, disguised.encryption_jwk()];
    issuer.keys_behave(IssuerMode::Instead(json!({ "keys": keys })));
    let world = World::unready(issuer, |_| {});
    world.ready().await;
    assert!(world.verify(&signature.sign(&json!({}), &world.claims())).await.is_ok());
    let token = disguised.sign(&json!({}), &world.claims());
    assert_eq!(world.refusal(&token).await, Invalid("unknown_key"));
    let token = signature.sign(&json!({ "kid": "only-by-use" }), &world.claims());
    assert_eq!(world.refusal(&token).await, Invalid("unknown_key"));
}
