//! What stands in the log is known to every replica.

use clock::Clock;
use identity::Logins;
use revocation::{Prompt, append};
use signal_protocol::UserId;
use store::Write;
use testkit::Redis;

use crate::world::{World, kept, revocation};

async fn on_both(check: impl AsyncFn(World)) {
    check(World::memory().await).await;
    let redis = Redis::start().await.unwrap();
    let world = World::redis(&redis).await;
    world.is_connected().await;
    check(world).await;
}

#[tokio::test]
async fn every_replica_hears_of_the_end_of_a_login_and_leaves_the_others_alone() {
    on_both(async |world| {
        let replicas = [world.replica().await, world.replica_prompted(Prompt::Clock).await];
        let (ended, other) = (world.login("alice"), world.login("alice"));
        for replica in &replicas {
            assert!(world.is_accepted(replica, &ended).await);
        }
        world.ends(&ended).await;
        for replica in &replicas {
            world.is_refused(replica, &ended).await;
            assert!(world.is_accepted(replica, &other).await);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_for_the_end_of_a_login_is_woken() {
    on_both(async |world| {
        let replica = world.replica().await;
        let login = world.login("alice");
        let caller = replica.verifier.verify(&world.issuer.sign(&login)).await.unwrap();
        let mut watch = replica.verifier.revocations().watch(&caller);
        tokio::join!(watch.ended(), world.ends(&login));
    })
    .await;
}

#[tokio::test]
async fn a_replica_knows_what_was_ended_before_it_was_started_once_it_is_loaded() {
    on_both(async |world| {
        let ended: Vec<_> = (0..3).map(|_| world.login("alice")).collect();
        for login in &ended {
            world.ends(login).await;
        }
        let replica = world.replica().await;
        assert_eq!(replica.follower.following().fault, None);
        for login in &ended {
            assert!(!world.is_accepted(&replica, login).await);
        }
    })
    .await;
}

#[tokio::test]
async fn more_than_one_page_is_read_to_its_end() {
    let world = World::memory().await;
    let first = world.login("alice");
    world.ends(&first).await;
    for number in 0..2_500 {
        let logins = Logins::One { session: format!("s-{number}"), user: None };
        world.writes(append(&revocation(logins, Clock::system().now()), kept())).await;
    }
    let last = world.login("bob");
    world.ends(&last).await;
    let replica = world.replica().await;
    assert!(!world.is_accepted(&replica, &first).await);
    assert!(!world.is_accepted(&replica, &last).await);
}

#[tokio::test]
async fn an_entry_that_makes_no_sense_does_not_hide_those_behind_it() {
    on_both(async |world| {
        let replica = world.replica().await;
        let alice = UserId::parse("alice").unwrap();
        let known = append(&revocation(Logins::AllOf(alice), Clock::system().now()), kept());
        let Write::Append { log, bounds, bell, attachment, .. } = known else { panic!("it is appended") };
        for entry in ["{}", "s-1", r#"{"schema":2,"sid":"s","at":"2027-01-01T00:00:00.000Z"}"#] {
            world
                .writes(Write::Append {
                    log: log.clone(),
                    entry: entry.as_bytes().to_vec(),
                    bounds,
                    bell: bell.clone(),
                    attachment: attachment.clone(),
                })
                .await;
        }
        let ended = world.login("bob");
        world.ends(&ended).await;
        world.is_refused(&replica, &ended).await;
        assert!(world.is_accepted(&replica, &world.login("alice")).await);
    })
    .await;
}
