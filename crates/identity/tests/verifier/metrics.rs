//! What is counted.

use identity::IdentitySettings;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use testkit::IssuerMode;

use crate::world::World;

#[tokio::test]
async fn refreshes_refusals_and_remembered_tokens_are_counted() {
    let world = World::start_with(|settings: &mut IdentitySettings| settings.jwks_retry_ms = 60_000).await;
    let mut registry = Registry::default();
    world.verifier.register_metrics(&mut registry);
    let token = world.token();
    world.verify(&token).await.unwrap();
    world.verify(&token).await.unwrap();
    world.refusal("").await;
    world.refusal("x").await;
    world.refusal("y").await;
    world.issuer.keys_behave(IssuerMode::Garbage);
    world.refusal(&world.token_of_unknown_key()).await;
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let issuer = world.issuer.url();
    let lines = [
        format!("identity_key_refreshes_total{{issuer=\"{issuer}\",outcome=\"changed\"}} 1"),
        format!("identity_key_refreshes_total{{issuer=\"{issuer}\",outcome=\"unusable\"}} 1"),
        "identity_remembered_tokens_total{result=\"hit\"} 1".to_owned(),
        "identity_remembered_tokens_total{result=\"miss\"} 4".to_owned(),
        "identity_token_refusals_total{reason=\"missing\"} 1".to_owned(),
        "identity_token_refusals_total{reason=\"malformed\"} 2".to_owned(),
        "identity_token_refusals_total{reason=\"unknown_key\"} 1".to_owned(),
    ];
    for line in lines {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
}
