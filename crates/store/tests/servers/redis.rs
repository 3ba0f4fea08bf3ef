//! One Redis server.

use std::time::Duration;

use store::{Store, StoreSettings};
use testkit::{Redis, eventually};

use crate::contract::{self, BOUND, Side};

mod agreement;
mod brought;
mod faults;
mod lost;
mod metrics;
mod near;
mod replicas;

/// A store on this server, which serves.
pub(crate) async fn serving(settings: &StoreSettings) -> Store {
    let store = Store::start(settings, &contract::tenants()).unwrap();
    eventually("the store serves", BOUND, async || match store.readiness().fault {
        None => Ok(()),
        Some(fault) => Err(fault),
    })
    .await;
    store
}

/// Settings that name a server and have patience with a loaded machine.
pub(crate) fn settings(url: &str) -> StoreSettings {
    StoreSettings { url: url.to_owned().into(), timeout_ms: 5_000, ..StoreSettings::default() }
}

/// A tenant of a store on this server.
async fn side(redis: &Redis) -> Side {
    Side::new(&serving(&settings(&redis.url)).await, 0)
}

/// The same, for tests in which the server does not answer.
async fn impatient_side(redis: &Redis) -> Side {
    let settings = StoreSettings { timeout_ms: 300, ..settings(&redis.url) };
    Side::new(&serving(&settings).await, 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract() {
    let redis = Redis::start().await.unwrap();
    contract::all(&serving(&settings(&redis.url)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_up_late_is_found() {
    let mut redis = Redis::start().await.unwrap();
    redis.stop().await;
    let store = Store::start(&settings(&redis.url), &contract::tenants()).unwrap();
    let health = store.readiness();
    assert_eq!(health.last_good, None);
    assert!(health.fault.is_some());
    redis.start_again().await.unwrap();
    eventually("the store serves", Duration::from_secs(30), async || store.readiness().fault.is_none()).await;
    assert!(store.readiness().last_good.is_some());
}
