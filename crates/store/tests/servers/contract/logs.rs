//! Logs: contiguous offsets, bounded by number and age, and never a hole that cannot be seen.

use std::time::Duration;

use clock::{DateTime, Duration as Delta, Utc};
use store::{Commit, Committed, Key, LogBounds, LogPage, Write};
use testkit::eventually;
use tokio::task::JoinSet;

use super::{BOUND, Side, in_turn};

const ROOMY: LogBounds = LogBounds { max_entries: 1_000, max_age: Duration::from_hours(1) };

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        a_log_that_never_was_is_empty,
        offsets_are_contiguous,
        offsets_are_contiguous_when_many_append_at_once,
        a_log_is_read_forwards_in_pages,
        a_log_is_read_backwards_in_pages,
        of_too_many_entries_the_oldest_go,
        entries_go_when_they_are_old_and_not_before,
        a_log_whose_entries_are_gone_still_knows_what_it_had,
    );
}

fn append(log: &Key, entry: u64, bounds: LogBounds) -> Write {
    Write::Append {
        log: log.clone(),
        entry: entry.to_string().into_bytes(),
        bounds,
        bell: None,
        attachment: None,
    }
}

impl Side {
    async fn log(&self, log: &Key, after: u64, limit: usize) -> LogPage {
        self.store.read_log(&self.tenant, log, after, limit, None).await.unwrap()
    }

    /// Appends, and tells the offset and the time.
    async fn append(&self, log: &Key, bounds: LogBounds) -> (u64, DateTime<Utc>) {
        let commit = Commit { writes: vec![append(log, 0, bounds)], ..Commit::default() };
        match self.store.commit(&self.tenant, commit).await.unwrap() {
            Committed::Applied { now, offsets, .. } => (offsets[0], now),
            other => panic!("{other:?}"),
        }
    }
}

fn offsets(page: &LogPage) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.offset).collect()
}

async fn a_log_that_never_was_is_empty(side: &Side) {
    let log = Key::new("log", "never");
    for page in [
        side.log(&log, 0, 10).await,
        side.log(&log, 7, 10).await,
        side.store.read_log_back(&side.tenant, &log, None, 10).await.unwrap(),
    ] {
        assert_eq!((page.entries, page.last, page.floor, page.born), (vec![], 0, 0, 0));
    }
}

async fn offsets_are_contiguous(side: &Side) {
    let (log, other) = (Key::new("log", "two"), Key::new("log", "other"));
    assert_eq!(side.write(vec![append(&log, 1, ROOMY), append(&log, 2, ROOMY)]).await, [1, 2]);
    let writes = vec![append(&log, 3, ROOMY), append(&other, 1, ROOMY), append(&log, 4, ROOMY)];
    assert_eq!(side.write(writes).await, [3, 1, 4]);
    let page = side.log(&log, 0, 10).await;
    let entries: Vec<_> = page
        .entries
        .iter()
        .map(|entry| (entry.offset, String::from_utf8_lossy(&entry.data).into_owned()))
        .collect();
    assert_eq!(entries, [1, 2, 3, 4].map(|offset| (offset, offset.to_string())));
    assert_eq!((page.last, page.floor), (4, 0));
    assert_ne!(page.born, 0);
    assert_eq!(side.log(&log, 4, 10).await.born, page.born);
}

async fn offsets_are_contiguous_when_many_append_at_once(side: &Side) {
    let log = Key::new("log", "many");
    let mut writers = JoinSet::new();
    for _ in 0..40 {
        let (side, log) = (side.clone(), log.clone());
        writers.spawn(async move { side.write(vec![append(&log, 0, ROOMY)]).await });
    }
    let mut given: Vec<u64> = writers.join_all().await.into_iter().flatten().collect();
    given.sort_unstable();
    assert_eq!(given, (1..=40).collect::<Vec<_>>());
    assert_eq!(offsets(&side.log(&log, 0, 100).await), given);
}

async fn a_log_is_read_forwards_in_pages(side: &Side) {
    let log = Key::new("log", "forwards");
    side.write((1..=5).map(|entry| append(&log, entry, ROOMY)).collect()).await;
    for (after, limit, expected) in [
        (0, 2, vec![1, 2]),
        (2, 2, vec![3, 4]),
        (4, 2, vec![5]),
        (5, 2, vec![]),
        (9, 2, vec![]),
        (0, 0, vec![]),
    ] {
        let page = side.log(&log, after, limit).await;
        assert_eq!((offsets(&page), page.last), (expected, 5), "after {after}");
    }
    assert_eq!(side.log(&log, u64::MAX, 2).await.entries, []);
}

async fn a_log_is_read_backwards_in_pages(side: &Side) {
    let log = Key::new("log", "backwards");
    side.write((1..=5).map(|entry| append(&log, entry, ROOMY)).collect()).await;
    for (before, limit, expected) in [
        (None, 2, vec![5, 4]),
        (Some(4), 2, vec![3, 2]),
        (Some(2), 2, vec![1]),
        (Some(1), 2, vec![]),
        (Some(0), 2, vec![]),
        (Some(99), 1, vec![5]),
    ] {
        let page = side.store.read_log_back(&side.tenant, &log, before, limit).await.unwrap();
        assert_eq!(offsets(&page), expected, "before {before:?}");
    }
}

async fn of_too_many_entries_the_oldest_go(side: &Side) {
    let log = Key::new("log", "length");
    let three = LogBounds { max_entries: 3, ..ROOMY };
    for (appended, floor) in [(3, 0), (4, 1), (5, 2)] {
        let page = side.log(&log, 0, 10).await;
        side.write((page.last..appended).map(|entry| append(&log, entry + 1, three)).collect()).await;
        let page = side.log(&log, 0, 10).await;
        assert_eq!((offsets(&page), page.floor), ((floor + 1..=appended).collect(), floor));
    }
    side.write((6..=20).map(|entry| append(&log, entry, three)).collect()).await;
    let page = side.log(&log, 0, 10).await;
    assert_eq!((offsets(&page), page.last, page.floor), (vec![18, 19, 20], 20, 17));
}

async fn entries_go_when_they_are_old_and_not_before(side: &Side) {
    let log = Key::new("log", "age");
    let max_age = Delta::milliseconds(300);
    let bounds = LogBounds { max_age: max_age.to_std().unwrap(), ..ROOMY };
    let mut appended = Vec::new();
    eventually("the first entries are dropped", BOUND, async || {
        appended.push(side.append(&log, bounds).await);
        let page = side.log(&log, 0, 1_000).await;
        let there = offsets(&page);
        for (offset, at) in &appended {
            let age = page.now - *at;
            assert!(age >= max_age || there.contains(offset), "{offset} went when it was {age} old");
            assert!(there.contains(offset) || *offset <= page.floor, "{offset} is gone and nobody says so");
        }
        page.floor > 0
    })
    .await;
}

async fn a_log_whose_entries_are_gone_still_knows_what_it_had(side: &Side) {
    let log = Key::new("log", "forgotten");
    let bounds = LogBounds { max_age: Duration::from_millis(50), ..ROOMY };
    side.write((1..=3).map(|entry| append(&log, entry, bounds)).collect()).await;
    let born = side.log(&log, 3, 1).await.born;
    let page = eventually("all entries are gone", BOUND, async || {
        let page = side.log(&log, 0, 10).await;
        page.entries.is_empty().then_some(page)
    })
    .await;
    assert_eq!((page.last, page.floor, page.born), (3, 3, born));
    assert_eq!(side.write(vec![append(&log, 4, ROOMY)]).await, [4]);
    let page = side.log(&log, 0, 10).await;
    assert_eq!((offsets(&page), page.floor, page.born), (vec![4], 3, born));
}
