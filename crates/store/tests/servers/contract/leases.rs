//! Leases: they grow, in whatever order they come.

use clock::{DateTime, Duration, Utc};
use store::{Key, MAX_HOLDERS, Version, Write};

use super::{Side, in_turn, put};

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        a_lease_only_grows,
        each_holder_has_a_lease_of_its_own,
        a_lease_that_changes_nothing_is_no_change,
        a_released_lease_has_ended_and_is_still_known,
        of_too_many_holders_the_first_to_end_is_dropped,
        a_record_keeps_its_leases_when_it_changes,
    );
}

fn lease(key: &Key, holder: &str, until: DateTime<Utc>) -> Write {
    Write::Lease { key: key.clone(), holder: holder.to_owned(), until }
}

fn release(key: &Key, holder: &str, at: DateTime<Utc>) -> Write {
    Write::Release { key: key.clone(), holder: holder.to_owned(), at }
}

async fn a_lease_only_grows(side: &Side) {
    let key = Key::new("presence", "grows");
    let now = side.now().await;
    for (asked, held) in [(10, 10), (30, 30), (20, 30), (31, 31)] {
        side.write(vec![lease(&key, "phone", now + Duration::seconds(asked))]).await;
        let snapshot = side.snapshot(&key, 0).await;
        assert_eq!(snapshot.leases(&key)["phone"], now + Duration::seconds(held));
        assert_eq!(snapshot.data(&key), None);
    }
}

async fn each_holder_has_a_lease_of_its_own(side: &Side) {
    let key = Key::new("presence", "several");
    let now = side.now().await;
    side.write(vec![lease(&key, "phone", now), lease(&key, "laptop", now + Duration::seconds(5))]).await;
    let snapshot = side.snapshot(&key, 0).await;
    let leases: Vec<_> =
        snapshot.leases(&key).iter().map(|(holder, until)| (holder.as_str(), *until)).collect();
    assert_eq!(leases, [("laptop", now + Duration::seconds(5)), ("phone", now)]);
}

async fn a_lease_that_changes_nothing_is_no_change(side: &Side) {
    let key = Key::new("presence", "unchanged");
    let until = side.now().await + Duration::seconds(10);
    side.write(vec![lease(&key, "phone", until)]).await;
    let version = side.version(&key).await;
    assert_ne!(version, Version::ABSENT);
    let nothing = vec![
        lease(&key, "phone", until - Duration::seconds(1)),
        release(&key, "phone", until),
        release(&key, "laptop", until - Duration::seconds(1)),
    ];
    side.write(nothing).await;
    assert_eq!(side.version(&key).await, version);
    side.write(vec![lease(&key, "phone", until + Duration::milliseconds(1))]).await;
    assert!(side.version(&key).await > version);
}

async fn a_released_lease_has_ended_and_is_still_known(side: &Side) {
    let key = Key::new("presence", "released");
    let now = side.now().await;
    let until = now + Duration::seconds(10);
    side.write(vec![release(&key, "phone", now)]).await;
    assert_eq!(side.version(&key).await, Version::ABSENT, "there was nothing to release");
    side.write(vec![lease(&key, "phone", until), lease(&key, "laptop", until)]).await;
    let version = side.version(&key).await;
    side.write(vec![release(&key, "phone", now)]).await;
    let snapshot = side.snapshot(&key, 0).await;
    let leases: Vec<_> =
        snapshot.leases(&key).iter().map(|(holder, until)| (holder.as_str(), *until)).collect();
    assert_eq!(leases, [("laptop", until), ("phone", now)], "since when it is gone is what others go by");
    assert!(snapshot.version(&key) > version);
    side.write(vec![lease(&key, "phone", until)]).await;
    assert_eq!(side.snapshot(&key, 0).await.leases(&key)["phone"], until, "it is back");
}

async fn of_too_many_holders_the_first_to_end_is_dropped(side: &Side) {
    let key = Key::new("presence", "many");
    let now = side.now().await;
    let holder = |number: usize| format!("device-{number:02}");
    let until = |number: usize| now + Duration::seconds(i64::try_from(100 - number).unwrap());
    let writes = (0..=MAX_HOLDERS).map(|number| lease(&key, &holder(number), until(number))).collect();
    side.write(writes).await;
    let snapshot = side.snapshot(&key, 0).await;
    let held: Vec<_> = snapshot.leases(&key).keys().cloned().collect();
    assert_eq!(held, (0..MAX_HOLDERS).map(holder).collect::<Vec<_>>());
    // Who ended long ago goes first, and makes room for others.
    let key = Key::new("presence", "old");
    side.write(vec![lease(&key, "old", now - Duration::minutes(59)), lease(&key, "new", now)]).await;
    side.write(vec![lease(&key, "older", now - Duration::hours(2)), lease(&key, "newer", now)]).await;
    let snapshot = side.snapshot(&key, 0).await;
    assert_eq!(snapshot.leases(&key).keys().collect::<Vec<_>>(), ["new", "newer", "old"]);
}

async fn a_record_keeps_its_leases_when_it_changes(side: &Side) {
    let key = Key::new("presence", "with-data");
    let until = side.now().await + Duration::seconds(10);
    side.write(vec![lease(&key, "phone", until), put(&key, "data")]).await;
    let snapshot = side.snapshot(&key, 0).await;
    assert_eq!(snapshot.leases(&key)["phone"], until);
    assert_eq!(snapshot.data(&key), Some(b"data".as_slice()));
    side.write(vec![Write::Delete { key: key.clone() }]).await;
    assert!(side.snapshot(&key, 0).await.leases(&key).is_empty());
}
