//! Keys come and go.

use std::time::Duration;

use identity::TokenRefused::Invalid;
use testkit::{Issuer, IssuerMode, eventually};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, yield_now};

use crate::world::{BOUND, World, clock, quiet_settings, verifier};

#[tokio::test]
async fn a_new_key_is_read_with_its_first_token() {
    let world = World::start().await;
    let old = world.token();
    world.issuer.rotate();
    assert!(world.verify(&world.token()).await.is_ok());
    assert!(world.verify(&old).await.is_ok(), "the old key is still published");
    assert_eq!(world.issuer.key_requests(), 2);
    assert_eq!(world.issuer.discovery_requests(), 1, "where the keys are was known");
}

#[tokio::test]
async fn unknown_keys_cause_one_reading_within_the_cool_down() {
    let world = World::start().await;
    for _ in 0..3 {
        assert_eq!(world.refusal(&world.token_of_unknown_key()).await, Invalid("unknown_key"));
    }
    assert_eq!(world.issuer.key_requests(), 2);
    world.cool_down();
    assert_eq!(world.refusal(&world.token_of_unknown_key()).await, Invalid("unknown_key"));
    assert_eq!(world.issuer.key_requests(), 3);
}

#[tokio::test]
async fn a_reading_that_failed_counts_for_the_cool_down() {
    // A retry of the refresh itself would be counted too.
    let world = World::start_with(|settings| settings.jwks_retry_ms = 60_000).await;
    world.issuer.keys_behave(IssuerMode::Garbage);
    for _ in 0..3 {
        assert_eq!(world.refusal(&world.token_of_unknown_key()).await, Invalid("unknown_key"));
    }
    assert_eq!(world.issuer.key_requests(), 2);
    assert!(world.verify(&world.token()).await.is_ok());
}

#[tokio::test]
async fn a_clock_set_back_does_not_prolong_the_cool_down() {
    let world = World::start().await;
    world.refusal(&world.token_of_unknown_key()).await;
    world.clock.advance(clock::Duration::days(-1));
    world.issuer.rotate();
    assert!(world.verify(&world.token()).await.is_ok());
}

#[tokio::test]
async fn many_tokens_of_a_new_key_cause_one_reading_and_all_wait_for_it() {
    let world = World::start().await;
    world.issuer.rotate();
    world.issuer.keys_behave(IssuerMode::Slow(Duration::from_millis(300)));
    let mut verifying = JoinSet::new();
    for _ in 0..20 {
        let (verifier, token) = (world.verifier.clone(), world.token());
        verifying.spawn(async move { verifier.verify(&token).await.map(|_| ()) });
    }
    assert!(verifying.join_all().await.iter().all(Result::is_ok));
    assert_eq!(world.issuer.key_requests(), 2);
}

/// With a reading under way that was answered before the key was published with which the issuer signs.
async fn reading_without_the_newest_key() -> World {
    let issuer = Issuer::start().await.unwrap();
    issuer.keys_behave(IssuerMode::Slow(Duration::from_millis(500)));
    let world = World::unready(issuer, |_| {});
    eventually("the reading has begun", BOUND, async || world.issuer.key_requests() == 1).await;
    world.issuer.rotate();
    world
}

#[tokio::test]
async fn a_key_that_appears_during_a_reading_is_read_by_another_one() {
    let world = reading_without_the_newest_key().await;
    assert!(world.verify(&world.token()).await.is_ok());
    assert_eq!(world.issuer.key_requests(), 2);
}

/// Verifies tokens of unknown keys side by side, each an instant `apart` from the one before.
async fn refuse_many(world: &World, apart: clock::Duration) {
    let mut verifying = JoinSet::new();
    for _ in 0..20 {
        let (verifier, token) = (world.verifier.clone(), world.token_of_unknown_key());
        verifying.spawn(async move { verifier.verify(&token).await.map(|_| ()) });
        // Lets it begin.
        yield_now().await;
        world.clock.advance(apart);
    }
    let refused = verifying.join_all().await;
    assert!(refused.iter().all(|refused| *refused == Err(Invalid("unknown_key"))), "{refused:?}");
}

#[tokio::test]
async fn unknown_keys_during_a_reading_cause_one_more_within_the_cool_down() {
    let world = reading_without_the_newest_key().await;
    refuse_many(&world, clock::Duration::milliseconds(1)).await;
    assert_eq!(world.refusal(&world.token_of_unknown_key()).await, Invalid("unknown_key"));
    assert_eq!(world.issuer.key_requests(), 2);
}

#[tokio::test]
async fn tokens_that_read_the_clock_before_another_one_asked_do_not_ask_again() {
    let world = World::start().await;
    world.issuer.keys_behave(IssuerMode::Slow(Duration::from_millis(500)));
    refuse_many(&world, clock::Duration::milliseconds(-1)).await;
    assert_eq!(world.issuer.key_requests(), 2);
}

#[tokio::test]
async fn unknown_keys_do_not_put_off_the_regular_reading() {
    let world = World::start_with(|settings| settings.jwks_refresh_seconds = 1).await;
    let regular = world.issuer.discovery_requests();
    eventually("the regular reading looks where the keys are", BOUND, async || {
        world.cool_down();
        assert_eq!(world.refusal(&world.token_of_unknown_key()).await, Invalid("unknown_key"));
        world.issuer.discovery_requests() > regular
    })
    .await;
}

#[tokio::test]
async fn a_known_key_never_waits_for_a_reading() {
    let world = World::start().await;
    let token = world.token();
    world.issuer.keys_behave(IssuerMode::Slow(BOUND * 10));
    let verifier = world.verifier.clone();
    let unknown = world.token_of_unknown_key();
    let waiting = tokio::spawn(async move { verifier.verify(&unknown).await.map(|_| ()) });
    eventually("the reading has begun", BOUND, async || world.issuer.key_requests() == 2).await;
    assert!(world.verify(&token).await.is_ok());
    assert!(!waiting.is_finished());
}

#[tokio::test]
async fn a_withdrawn_key_is_noticed_by_the_regular_reading() {
    let world = World::start_with(|settings| settings.jwks_refresh_seconds = 1).await;
    let (remembered, fresh) = (world.token(), world.token());
    assert!(world.verify(&remembered).await.is_ok());
    world.issuer.rotate();
    world.issuer.withdraw_old_keys();
    eventually("the old key is gone", BOUND, async || {
        world.verify(&remembered).await.err() == Some(Invalid("unknown_key"))
    })
    .await;
    assert_eq!(world.refusal(&fresh).await, Invalid("unknown_key"));
    assert!(world.verify(&world.token()).await.is_ok());
}

#[tokio::test]
async fn readings_stop_with_the_last_verifier() {
    let issuer = Issuer::start().await.unwrap();
    let mut settings = quiet_settings(&issuer);
    settings.jwks_refresh_seconds = 1;
    let runtime = Runtime::new().unwrap();
    let entered = runtime.enter();
    let verifier = verifier(&settings, &clock());
    drop(entered);
    let clone = verifier.clone();
    drop(verifier);
    eventually("a clone keeps the keys fresh", BOUND, async || issuer.key_requests() >= 2).await;
    drop(clone);
    let tasks = || runtime.metrics().num_alive_tasks();
    eventually("nothing is left behind", BOUND, async || tasks() == 0).await;
    runtime.shutdown_background();
}
