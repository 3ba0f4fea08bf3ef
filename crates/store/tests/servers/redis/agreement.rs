//! Redis and memory, given the same commits at random, say and have the same.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::{Clock, DateTime, Duration as Delta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use store::{Attachment, Commit, Committed, Key, LogBounds, Read, Store, Version, Word, Write};
use testkit::Redis;

use super::side;
use crate::contract::{self, Side};

const STEPS: usize = 400;
const RECORDS: [&str; 4] = ["a", "b", "c", "d"];
const LOGS: [&str; 2] = ["x", "y"];
const READERS: [&str; 2] = ["phone", "laptop"];

#[tokio::test(flavor = "multi_thread")]
async fn both_stores_do_the_same() {
    let redis = Redis::start().await.unwrap();
    let memory = Store::memory(Clock::system(), &contract::tenants());
    let sides = [side(&redis).await, Side::new(&memory, 0)];
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let base = sides[0].now().await;
    let mut before = [BTreeMap::new(), BTreeMap::new()];
    for step in 0..STEPS {
        let writes: Vec<Write> = (0..random.random_range(0..5)).map(|_| write(&mut random, base)).collect();
        let expected = (0..random.random_range(0..3)).map(|_| (record(&mut random), random.random_bool(0.9)));
        let expected: Vec<(Key, bool)> = expected.collect();
        let consumed = random.random_bool(0.3).then(|| (log(&mut random), reader(&mut random)));
        let back = random.random_range(0..12);
        let mut outcomes = Vec::new();
        for (side, before) in sides.iter().zip(&mut before) {
            let mut outcome = do_and_look(side, &writes, &expected, before).await;
            if let Some((log, reader)) = &consumed {
                let hour = Duration::from_hours(1);
                let page = side.store.read_log(&side.tenant, log, 0, 0, None).await.unwrap();
                let up_to = (page.last + 2).saturating_sub(back);
                let consumed = side.store.consume(&side.tenant, log, reader, page.born, up_to, hour).await;
                outcome.push(format!("{reader} of {log} consumed {consumed:?} up to {up_to}"));
            }
            outcomes.push(outcome);
        }
        assert_eq!(outcomes[0], outcomes[1], "step {step}: {writes:?}, expecting {expected:?}");
    }
}

/// Commits, and tells everything that both stores must agree on. `before` are the versions of the step before.
async fn do_and_look(
    side: &Side,
    writes: &[Write],
    expected: &[(Key, bool)],
    before: &mut BTreeMap<Key, Version>,
) -> Vec<String> {
    // Versions are each store's own; that one is old, or that it changed, is the same for both.
    let version = |(key, is_current): &(Key, bool)| {
        let current = before.get(key).copied().unwrap_or(Version::ABSENT);
        let other = before.values().copied().chain([Version::ABSENT]).find(|other| *other != current);
        (key.clone(), if *is_current { current } else { other.unwrap_or(current) })
    };
    let expect: Vec<(Key, Version)> = expected.iter().map(version).collect();
    let keys: Vec<Key> = expect.iter().map(|(key, _)| key.clone()).collect();
    let mut told = Vec::new();
    let commit = Commit { expect, writes: writes.to_vec(), ..Commit::default() };
    let mut seen = vec![match side.store.commit(&side.tenant, commit).await.unwrap() {
        Committed::Applied { offsets, versions, .. } => {
            assert_eq!(versions.len(), keys.len());
            told.extend(keys.iter().zip(versions));
            format!("{offsets:?}")
        }
        Committed::Conflict { key } => format!("conflict: {key}"),
        Committed::TooLate { .. } => "too late".to_owned(),
    }];
    let read = RECORDS.into_iter().fold(Read::new(), |read, id| read.and(Key::new("record", id), 2));
    let snapshot = side.store.read(&side.tenant, read).await.unwrap();
    for (key, version) in told {
        assert_eq!(snapshot.version(key), version, "{key}");
    }
    for key in snapshot.keys() {
        let version = snapshot.version(key);
        let old = before.insert(key.clone(), version).unwrap_or(Version::ABSENT);
        assert!(version == Version::ABSENT || version >= old, "{key} went back");
        seen.push(format!(
            "{key}: absent {}, changed {}, {:?} {:?}",
            version == Version::ABSENT,
            version != old,
            snapshot.data(key),
            snapshot.leases(key),
        ));
    }
    for id in LOGS {
        let log = Key::new("log", id);
        let page = side.store.read_log(&side.tenant, &log, 0, 100, None).await.unwrap();
        seen.push(format!("{:?} {} {} {}", page.entries, page.last, page.floor, page.born != 0));
        for reader in READERS {
            for after in
                [page.floor, page.floor + 1, u64::midpoint(page.floor, page.last), page.last, u64::MAX]
            {
                let page = side.store.read_log(&side.tenant, &log, after, 100, Some(reader)).await.unwrap();
                seen.push(format!("{reader} after {after}: {:?} {}", page.entries, page.has_unconsumed));
            }
        }
    }
    seen.push(format!("{:?}", side.store.timers(&side.tenant).await.unwrap()));
    seen
}

fn reader(random: &mut StdRng) -> &'static str {
    READERS.choose(random).unwrap()
}

fn log(random: &mut StdRng) -> Key {
    Key::new("log", LOGS.choose(random).unwrap())
}

fn record(random: &mut StdRng) -> Key {
    Key::new("record", RECORDS.choose(random).unwrap())
}

fn write(random: &mut StdRng, base: DateTime<Utc>) -> Write {
    let key = record(random);
    let at = base + Delta::minutes(random.random_range(-150..150) * 2 + 1);
    let holder = format!("device-{}", random.random_range(0..40));
    match random.random_range(0..12) {
        0..=2 => Write::Put {
            key,
            data: vec![random.random(); random.random_range(0..3)],
            refs: (0..random.random_range(0..3)).map(|_| record(random)).collect(),
            ttl: random.random_bool(0.5).then_some(Duration::from_hours(1)),
        },
        3 => Write::Delete { key },
        4 | 5 => Write::Lease { key, holder, until: at },
        6 => Write::Release { key, holder, at },
        7 => Write::Schedule { member: key, at },
        8 => Write::Unschedule { member: key },
        9 => Write::Expire { key, within: Duration::from_hours(1) },
        _ => Write::Append {
            log: log(random),
            entry: vec![random.random()],
            bounds: LogBounds { max_entries: random.random_range(1..20), max_age: Duration::from_hours(1) },
            bell: random.random_bool(0.5).then(|| Word::urgent("word")),
            attachment: random.random_bool(0.5).then(|| Attachment {
                record: key,
                reader: random.random_bool(0.5).then(|| reader(random).to_owned()),
            }),
        },
    }
}
