//! A server that is spoken to by TLS, as a user with a password.

use std::path::PathBuf;

use settings::Secret;
use signal_protocol::Tenant;
use store::{StartError, Store, StoreError, StoreSettings};
use testkit::SecureRedis;

use crate::contract;
use crate::redis::{serving, settings};

fn tenant() -> Tenant {
    Tenant::parse("acme").unwrap()
}

fn start(url: &str, ca_file: Option<PathBuf>) -> Result<Store, StartError> {
    let settings = StoreSettings { url: Secret::from(url.to_owned()), ca_file, ..StoreSettings::default() };
    Store::start(&settings, &[tenant()])
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract() {
    let redis = SecureRedis::start().await.unwrap();
    let settings = StoreSettings { ca_file: Some(redis.authority_file.clone()), ..settings(&redis.url) };
    contract::all(&serving(&settings).await).await;
}

#[tokio::test]
async fn what_keeps_us_from_being_served_is_said_and_no_password_is() {
    let redis = SecureRedis::start().await.unwrap();
    let ours = Some(redis.authority_file.clone());
    let wrong = redis.url.replace(&redis.password, "sesame");
    let nobody = format!("rediss://{}", redis.host);
    let plain = redis.url.replace("rediss:", "redis:");
    for (url, ca_file, expected) in [
        (&redis.url, None, "UnknownIssuer"),
        (&wrong, ours.clone(), "refuses the user or the password"),
        (&nobody, ours.clone(), "refuses the user or the password"),
        (&plain, ours, "broke"),
    ] {
        let store = start(url, ca_file).unwrap();
        let error = store.epoch(&tenant()).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("sesame") && !error.contains(&redis.password), "{error}");
    }
}

#[tokio::test]
async fn a_file_without_certificates_keeps_the_store_from_starting() {
    let empty = SecureRedis::start().await.unwrap();
    let folder = empty.authority_file.parent().unwrap();
    std::fs::write(folder.join("empty.pem"), "").unwrap();
    for file in ["empty.pem", "missing.pem"] {
        let refused = start(&empty.url, Some(folder.join(file))).err().unwrap();
        assert!(matches!(refused, StartError::File { setting: "ca_file", .. }), "{refused:?}");
    }
}
