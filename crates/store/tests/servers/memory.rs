//! The store in memory, and what a clock that is moved by hand shows.

use std::time::Duration;

use clock::{Clock, DateTime, Duration as Delta};
use store::{Commit, Committed, Key, Store, StoreError, Version, Write};

use crate::contract::{self, Side, put};

/// A store whose time stands still until it is moved.
fn standing() -> (Side, Clock) {
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    (Side::new(&Store::memory(clock.clone(), &contract::tenants()), 0), clock)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract() {
    contract::all(&Store::memory(Clock::system(), &contract::tenants())).await;
}

#[tokio::test]
async fn exactly_at_the_limit_is_in_time_and_a_millisecond_later_is_not() {
    let (side, clock) = standing();
    let key = Key::new("call", "limit");
    let not_after = Some(side.now().await);
    let commit = Commit { not_after, writes: vec![put(&key, "x")], ..Commit::default() };
    let committed = side.store.commit(&side.tenant, commit.clone()).await.unwrap();
    assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    clock.advance(Delta::milliseconds(1));
    let committed = side.store.commit(&side.tenant, commit).await.unwrap();
    assert_eq!(committed, Committed::TooLate { now: side.now().await });
}

#[tokio::test]
async fn a_version_never_comes_again_though_the_clock_stands_or_goes_back() {
    let (side, clock) = standing();
    let key = Key::new("call", "again");
    let mut seen = vec![Version::ABSENT];
    for _ in 0..3 {
        side.write(vec![put(&key, "x"), put(&key, "y")]).await;
        seen.push(side.version(&key).await);
        side.write(vec![Write::Delete { key: key.clone() }]).await;
        clock.advance(Delta::seconds(-1));
    }
    assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
}

#[tokio::test]
async fn leases_are_forgotten_an_hour_after_the_last_one() {
    let (side, clock) = standing();
    let key = Key::new("presence", "mona");
    let until = side.now().await + Delta::seconds(10);
    side.write(vec![Write::Lease { key: key.clone(), holder: "phone".to_owned(), until }]).await;
    clock.advance(Delta::seconds(10) + Delta::hours(1));
    assert_eq!(side.snapshot(&key, 0).await.leases(&key)["phone"], until);
    clock.advance(Delta::milliseconds(1));
    assert_eq!(side.version(&key).await, Version::ABSENT);
}

#[tokio::test]
async fn a_log_is_born_anew_when_even_its_offsets_are_forgotten() {
    let (side, clock) = standing();
    let log = Key::new("mailbox", "mona");
    let bounds = store::LogBounds { max_entries: 9, max_age: Duration::from_mins(5) };
    let append = || Write::Append { log: log.clone(), entry: vec![], bounds, bell: None, attachment: None };
    side.write(vec![append()]).await;
    let born = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap().born;
    clock.advance(Delta::hours(24));
    assert_eq!(side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap().floor, 1);
    clock.advance(Delta::minutes(11));
    assert_eq!(side.write(vec![append()]).await, [1]);
    assert!(side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap().born > born);
}

#[tokio::test]
async fn a_tenant_that_the_store_does_not_have_is_refused() {
    let (side, _) = standing();
    let stranger = signal_protocol::Tenant::parse("stranger").unwrap();
    let refused = side.store.commit(&stranger, Commit::default()).await.unwrap_err();
    assert_eq!(refused, StoreError::UnknownTenant(stranger));
}
