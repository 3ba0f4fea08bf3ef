//! Several issuers, and issuers that are reached by another address than their own.

use identity::TokenRefused::{Invalid, Unavailable};
use identity::development_issuer::{CERTS_PATH, DISCOVERY_PATH};
use identity::{IdentitySettings, IssuerSettings, StartError, Verifier};
use serde_json::json;
use settings::Environment;
use testkit::{Issuer, IssuerMode};

use crate::world::{claims, clock, quiet_settings, verifier};

fn named(issuer: &Issuer, tenant: &str) -> IssuerSettings {
    IssuerSettings { tenant: Some(tenant.to_owned()), ..IssuerSettings::from(issuer.url().as_str()) }
}

#[tokio::test]
async fn each_issuer_speaks_for_its_own_tenant_only() {
    let (red, blue) = (Issuer::start().await.unwrap(), Issuer::start().await.unwrap());
    let clock = clock();
    let mut of_blue = named(&blue, "blue");
    of_blue.audience = Some("blue-app".to_owned());
    let settings = IdentitySettings { issuers: vec![named(&red, "red"), of_blue], ..quiet_settings(&red) };
    let verifier = verifier(&settings, &clock);
    let (of_red, mut of_blue) = (claims(&red.url(), &clock), claims(&blue.url(), &clock));
    assert_eq!(verifier.verify(&red.sign(&of_red)).await.unwrap().tenant.as_str(), "red");
    assert_eq!(verifier.verify(&blue.sign(&of_blue)).await.unwrap_err(), Invalid("audience"));
    of_blue["aud"] = json!("blue-app");
    assert_eq!(verifier.verify(&blue.sign(&of_blue)).await.unwrap().tenant.as_str(), "blue");
    // Signed by the one in the name of the other: its key is none of theirs.
    assert_eq!(verifier.verify(&red.sign(&of_blue)).await.unwrap_err(), Invalid("unknown_key"));
    let red_kid = json!({ "kid": red.issuer().signing_key().kid() });
    let disguised = blue.issuer().sign_with(&red_kid, &of_red);
    assert_eq!(verifier.verify(&disguised).await.unwrap_err(), Invalid("signature"));
}

#[tokio::test]
async fn an_issuer_that_is_down_harms_no_other() {
    let (up, down) = (Issuer::start().await.unwrap(), Issuer::start().await.unwrap());
    down.down().await;
    let clock = clock();
    let settings =
        IdentitySettings { issuers: vec![named(&down, "down"), named(&up, "up")], ..quiet_settings(&up) };
    let verifier = verifier(&settings, &clock);
    assert!(verifier.verify(&up.sign(&claims(&up.url(), &clock))).await.is_ok());
    let of_down = down.sign(&claims(&down.url(), &clock));
    assert_eq!(verifier.verify(&of_down).await.unwrap_err(), Unavailable);
    let read: Vec<bool> = verifier.readiness().iter().map(|issuer| issuer.last_good.is_some()).collect();
    assert_eq!(read, [false, true]);
}

#[tokio::test]
async fn in_a_cluster_discovery_and_keys_go_by_the_inner_address() {
    let public = "https://id.example.org/realms/realtime";
    let inner = Issuer::start().await.unwrap();
    let mut document = inner.issuer().discovery();
    document["issuer"] = json!(public);
    document["jwks_uri"] = json!(format!("{public}{CERTS_PATH}"));
    inner.discovery_behaves(IssuerMode::Instead(document));
    let clock = clock();
    let mut settings = quiet_settings(&inner);
    settings.issuers[0].issuer = public.to_owned();
    settings.issuers[0].discovery_url = Some(format!("{}{DISCOVERY_PATH}", inner.url()));
    let verifier = Verifier::start(&settings, Environment::Production, clock.clone()).unwrap();
    assert!(verifier.verify(&inner.sign(&claims(public, &clock))).await.is_ok());
    let of_inner_address = inner.sign(&claims(&inner.url(), &clock));
    assert_eq!(verifier.verify(&of_inner_address).await.unwrap_err(), Invalid("issuer"));
}

#[tokio::test]
async fn settings_that_no_check_has_passed_start_nothing() {
    let issuer = Issuer::start().await.unwrap();
    let started = Verifier::start(&quiet_settings(&issuer), Environment::Production, clock());
    assert!(
        matches!(&started, Err(StartError::Settings(fault)) if fault.contains("plain HTTP")),
        "{started:?}"
    );
}
