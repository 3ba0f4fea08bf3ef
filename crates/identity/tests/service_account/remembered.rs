//! One token serves everybody until shortly before its end.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use identity::{IdentitySettings, ServiceAccount, ServiceAccountFailure, Verifier};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use settings::Environment;
use signal_protocol::Tenant;
use testkit::{Issuer, IssuerMode, eventually};

use crate::world::{BOUND, World, settings, tenant};

#[tokio::test]
async fn the_token_is_one_that_our_own_services_accept_as_that_of_a_service() {
    let world = World::start().await;
    let settings = settings(&world.issuer);
    let verifier = Verifier::start(&settings, Environment::Development, Clock::system()).unwrap();
    verifier.ready().await;
    let token = world.token().await.unwrap();
    let caller = verifier.verify(token.as_str()).await.unwrap();
    assert!(caller.acts_on_calls && !caller.administrator);
    assert_eq!((caller.tenant.clone(), caller.session.clone()), (tenant(), None));
}

#[tokio::test]
async fn all_who_come_at_once_wait_for_one_request() {
    let world = World::start().await;
    world.issuer.tokens_behave(IssuerMode::Slow(Duration::from_millis(100)));
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let account = world.account.clone();
            tokio::spawn(async move { account.token(&tenant()).await.unwrap() })
        })
        .collect();
    let mut tokens = Vec::new();
    for token in waiting {
        tokens.push(token.await.unwrap());
    }
    assert!(tokens.iter().all(|token| Arc::ptr_eq(token, &tokens[0])));
    assert_eq!((world.issuer.discovery_requests(), world.issuer.token_requests()), (1, 1));
}

#[tokio::test]
async fn who_stops_waiting_does_not_stop_the_request() {
    let world = World::start().await;
    world.issuer.tokens_behave(IssuerMode::Slow(Duration::from_millis(100)));
    let impatient = tokio::time::timeout(Duration::from_millis(1), world.account.token(&tenant())).await;
    assert!(impatient.is_err());
    world.token().await.unwrap();
    assert_eq!(world.issuer.token_requests(), 1);
}

#[tokio::test]
async fn it_is_renewed_in_the_background_before_its_end() {
    let world = World::start().await;
    let first = world.token().await.unwrap();
    world.advance(224);
    assert!(Arc::ptr_eq(&first, &world.token().await.unwrap()));
    assert_eq!(world.issuer.token_requests(), 1);
    world.advance(1);
    assert!(Arc::ptr_eq(&first, &world.token().await.unwrap()), "nobody waits for the next one");
    eventually("there is another token", BOUND, async || !Arc::ptr_eq(&first, &world.token().await.unwrap()))
        .await;
    assert_eq!((world.issuer.discovery_requests(), world.issuer.token_requests()), (1, 2));
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_given_to_nobody() {
    let world = World::start().await;
    let first = world.token().await.unwrap();
    world.advance(290);
    assert!(!Arc::ptr_eq(&first, &world.token().await.unwrap()));
}

#[tokio::test]
async fn a_token_that_somebody_did_not_accept_is_replaced() {
    let world = World::start().await;
    let first = world.token().await.unwrap();
    world.account.refused(&tenant(), &first);
    assert!(Arc::ptr_eq(&first, &world.token().await.unwrap()), "it is too new for another to fare better");
    world.advance(10);
    world.account.refused(&tenant(), &first);
    assert!(!Arc::ptr_eq(&first, &world.token().await.unwrap()));
}

#[tokio::test]
async fn each_tenant_has_tokens_of_its_own_issuer() {
    let world = World::start().await;
    let other = Tenant::parse("other").unwrap();
    assert!(matches!(world.account.token(&other).await, Err(ServiceAccountFailure::UnknownTenant)));
    let admin = world.issuer.url().replace("/realms/", "/admin/realms/");
    assert_eq!(world.account.admin_url(&tenant()).unwrap().as_str(), admin);
    assert_eq!(world.account.admin_url(&other), None);
    assert_eq!(settings(&world.issuer).tenants(), [tenant()]);
}

#[tokio::test]
async fn without_settings_there_is_no_account() {
    let issuer = Issuer::start().await.unwrap();
    let settings = IdentitySettings { service_account: None, ..settings(&issuer) };
    let account = ServiceAccount::new(&settings, Environment::Development, &Clock::system());
    assert!(account.unwrap().is_none());
}

#[tokio::test]
async fn what_is_asked_for_is_counted_and_neither_secret_nor_token_is_shown() {
    let world = World::start().await;
    let mut registry = Registry::default();
    world.account.register_metrics(&mut registry);
    let token = world.token().await.unwrap();
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let line =
        format!("identity_service_tokens_total{{issuer=\"{}\",outcome=\"granted\"}} 1", world.issuer.url());
    assert!(text.lines().any(|other| other == line), "{text}");
    let shown = format!("{:?} {token:?} {:?}", world.account, settings(&world.issuer));
    let (_, secret) = world.issuer.service_client();
    assert!(!shown.contains(secret) && !shown.contains(token.as_str()), "{shown}");
}
