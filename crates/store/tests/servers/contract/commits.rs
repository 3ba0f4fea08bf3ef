//! Commits: everything, or nothing.

use std::time::Duration;

use clock::Duration as Delta;
use store::{Commit, Committed, Key, LogBounds, StoreError, Version, Write};
use tokio::task::JoinSet;

use super::{Side, in_turn, put};

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        of_commits_that_race_on_one_version_exactly_one_wins,
        of_commits_that_race_to_make_a_record_exactly_one_wins,
        a_commit_on_another_version_changes_nothing,
        a_commit_after_its_time_changes_nothing,
        a_commit_up_to_its_time_is_made,
        every_change_gives_another_version,
        a_commit_tells_the_versions_that_what_it_rested_on_has_from_then_on,
        a_version_never_comes_again,
        changes_are_made_in_their_order,
        a_write_to_another_sort_of_thing_changes_nothing,
        a_commit_of_nothing_tells_the_time,
    );
}

async fn of_commits_that_race_on_one_version_exactly_one_wins(side: &Side) {
    let key = Key::new("race", "change");
    side.write(vec![put(&key, "before")]).await;
    let version = side.version(&key).await;
    assert_eq!(winners(side, &key, version).await, 1);
}

async fn of_commits_that_race_to_make_a_record_exactly_one_wins(side: &Side) {
    assert_eq!(winners(side, &Key::new("race", "make"), Version::ABSENT).await, 1);
}

/// How many of several commits at once succeed; the record must be one of theirs.
async fn winners(side: &Side, key: &Key, version: Version) -> usize {
    let mut racers = JoinSet::new();
    for number in 0..16 {
        let (side, key) = (side.clone(), key.clone());
        racers.spawn(async move {
            let write = put(&key, &number.to_string());
            side.write_if(vec![(key.clone(), version)], vec![write]).await
        });
    }
    let mut winners = 0;
    for committed in racers.join_all().await {
        match committed {
            Committed::Applied { .. } => winners += 1,
            Committed::Conflict { key: conflicting } => assert_eq!(conflicting, *key),
            Committed::TooLate { .. } => panic!("no time was set"),
        }
    }
    winners
}

async fn a_commit_on_another_version_changes_nothing(side: &Side) {
    let [good, bad, log, queue] = ["good", "bad", "log", "queue"].map(|id| Key::new("conflict", id));
    side.write(vec![put(&good, "before"), put(&bad, "earlier")]).await;
    let (version, stale) = (side.version(&good).await, side.version(&bad).await);
    side.write(vec![put(&bad, "before")]).await;
    let bounds = LogBounds { max_entries: 9, max_age: Duration::from_mins(1) };
    let writes = vec![
        put(&good, "after"),
        Write::Delete { key: bad.clone() },
        Write::Schedule { member: good.clone(), at: side.now().await },
        Write::Append { log: log.clone(), entry: b"x".to_vec(), bounds, bell: None, attachment: None },
        Write::Enqueue { queue: queue.clone(), entry: b"x".to_vec() },
    ];
    for stale in [Version::ABSENT, stale] {
        let expect = vec![(good.clone(), version), (bad.clone(), stale)];
        let committed = side.write_if(expect, writes.clone()).await;
        assert_eq!(committed, Committed::Conflict { key: bad.clone() });
    }
    assert_eq!(side.version(&good).await, version);
    assert!(side.data(&bad).await.is_some());
    assert_eq!(side.store.timers(&side.tenant).await.unwrap().total, 0);
    assert_eq!(side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap().last, 0);
    let taken =
        side.store.take(&side.tenant, &queue, "worker", 9, Duration::ZERO, Duration::from_mins(1)).await;
    assert_eq!(taken.unwrap(), []);
}

async fn a_commit_after_its_time_changes_nothing(side: &Side) {
    let key = Key::new("time", "after");
    let not_after = Some(side.now().await - Delta::milliseconds(1));
    let commit = Commit { not_after, writes: vec![put(&key, "late")], ..Commit::default() };
    let committed = side.store.commit(&side.tenant, commit).await.unwrap();
    assert!(matches!(committed, Committed::TooLate { now } if Some(now) > not_after), "{committed:?}");
    assert_eq!(side.data(&key).await, None);
}

async fn a_commit_up_to_its_time_is_made(side: &Side) {
    let key = Key::new("time", "before");
    let not_after = Some(side.now().await + Delta::minutes(1));
    let commit = Commit { not_after, writes: vec![put(&key, "in time")], ..Commit::default() };
    let committed = side.store.commit(&side.tenant, commit).await.unwrap();
    assert!(matches!(committed, Committed::Applied { now, .. } if Some(now) <= not_after), "{committed:?}");
}

async fn every_change_gives_another_version(side: &Side) {
    let key = Key::new("version", "change");
    let mut seen = vec![side.version(&key).await];
    for _ in 0..3 {
        side.write(vec![put(&key, "the same")]).await;
        seen.push(side.version(&key).await);
    }
    assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
}

async fn a_commit_tells_the_versions_that_what_it_rested_on_has_from_then_on(side: &Side) {
    let [kept, changed, made, gone] = ["kept", "changed", "made", "gone"].map(|id| Key::new("told", id));
    side.write(vec![put(&kept, "1"), put(&changed, "1"), put(&gone, "1")]).await;
    let mut expect = Vec::new();
    for key in [&kept, &changed, &made, &gone] {
        expect.push((key.clone(), side.version(key).await));
    }
    let before = expect[0].1;
    // Twice in one commit: what is told is what it comes to.
    let deleted = Write::Delete { key: gone.clone() };
    let writes = vec![put(&changed, "2"), put(&changed, "3"), put(&made, "1"), deleted];
    let Committed::Applied { versions, .. } = side.write_if(expect, writes).await else {
        panic!("nobody else was there");
    };
    let mut found = Vec::new();
    for key in [&kept, &changed, &made, &gone] {
        found.push(side.version(key).await);
    }
    assert_eq!(versions, found);
    assert_eq!((versions[0], versions[3]), (before, Version::ABSENT));
    let expect = vec![(changed.clone(), versions[1]), (made, versions[2])];
    let next = side.write_if(expect, vec![put(&changed, "4")]).await;
    assert!(matches!(next, Committed::Applied { .. }), "{next:?}");
}

async fn a_version_never_comes_again(side: &Side) {
    let key = Key::new("version", "again");
    side.write(vec![put(&key, "first"), put(&key, "second"), put(&key, "third")]).await;
    let old = side.version(&key).await;
    side.write(vec![Write::Delete { key: key.clone() }]).await;
    assert_eq!(side.version(&key).await, Version::ABSENT);
    side.write(vec![put(&key, "third")]).await;
    assert!(side.version(&key).await > old);
}

async fn changes_are_made_in_their_order(side: &Side) {
    let key = Key::new("order", "of-writes");
    side.write(vec![put(&key, "1"), Write::Delete { key: key.clone() }, put(&key, "2"), put(&key, "3")])
        .await;
    assert_eq!(side.data(&key).await.as_deref(), Some(b"3".as_slice()));
    side.write(vec![put(&key, "4"), Write::Delete { key: key.clone() }]).await;
    assert_eq!(side.data(&key).await, None);
}

async fn a_write_to_another_sort_of_thing_changes_nothing(side: &Side) {
    let [record, log] = ["record", "log"].map(|id| Key::new("sort", id));
    let bounds = LogBounds { max_entries: 9, max_age: Duration::from_mins(1) };
    let append = |log: &Key| Write::Append {
        log: log.clone(),
        entry: b"x".to_vec(),
        bounds,
        bell: None,
        attachment: None,
    };
    side.write(vec![put(&record, "before"), append(&log)]).await;
    let to_log = vec![put(&record, "after"), put(&log, "after")];
    let to_record = vec![put(&record, "after"), append(&record)];
    let leased = Write::Lease { key: log.clone(), holder: "phone".to_owned(), until: side.now().await };
    for (writes, wrong) in [(to_log, &log), (to_record, &record), (vec![put(&record, "after"), leased], &log)]
    {
        let commit = Commit { writes, ..Commit::default() };
        let refused = side.store.commit(&side.tenant, commit).await.unwrap_err();
        assert_eq!(refused, StoreError::Corrupt { key: wrong.clone() });
    }
    assert_eq!(side.data(&record).await.as_deref(), Some(b"before".as_slice()));
    let read = store::Read::new().and(log.clone(), 0);
    assert_eq!(side.store.read(&side.tenant, read).await.unwrap_err(), StoreError::Corrupt { key: log });
    let page = side.store.read_log(&side.tenant, &record, 0, 9, None).await;
    assert_eq!(page.unwrap_err(), StoreError::Corrupt { key: record });
}

async fn a_commit_of_nothing_tells_the_time(side: &Side) {
    let before = side.now().await;
    let committed = side.write_if(vec![], vec![]).await;
    assert!(matches!(committed, Committed::Applied { now, .. } if now >= before), "{committed:?}");
}
