//! Records: what is put is read, with what it refers to, until it is gone.

use std::time::Duration;

use store::{Key, MAX_RECORDS, Read, ScanCursor, StoreError, Version, Write};
use testkit::eventually;

use super::{BOUND, Side, in_turn, put, put_with};

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        a_record_is_read_as_it_was_put,
        an_absent_record_has_no_version_and_no_data,
        a_read_follows_references_as_far_as_it_is_told,
        references_in_a_circle_end,
        a_read_of_too_many_records_is_refused,
        a_record_goes_when_its_time_is_over,
        a_record_that_is_put_again_to_stay_stays,
        a_record_that_is_no_such_thing_is_never_absent,
        a_scan_finds_every_record_of_its_kind,
        the_epoch_stays,
    );
}

async fn a_record_is_read_as_it_was_put(side: &Side) {
    let key = Key::new("record", "bytes");
    let data: Vec<u8> = (0..=255).collect();
    let write =
        Write::Put { key: key.clone(), data: data.clone(), refs: vec![Key::new("a", "\"\\\n")], ttl: None };
    side.write(vec![write]).await;
    let snapshot = side.snapshot(&key, 0).await;
    assert_eq!(snapshot.data(&key), Some(data.as_slice()));
    assert_ne!(snapshot.version(&key), Version::ABSENT);
    assert_eq!(snapshot.keys().count(), 1);
}

async fn an_absent_record_has_no_version_and_no_data(side: &Side) {
    let key = Key::new("record", "absent");
    let snapshot = side.snapshot(&key, 2).await;
    assert_eq!(snapshot.version(&key), Version::ABSENT);
    assert_eq!(snapshot.data(&key), None);
    assert_eq!(snapshot.parse::<u8>(&key), Ok(None));
    assert!(snapshot.leases(&key).is_empty());
    assert_eq!(snapshot.keys().collect::<Vec<_>>(), [&key]);
}

async fn a_read_follows_references_as_far_as_it_is_told(side: &Side) {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|id| Key::new("follow", id));
    side.write(vec![put_with(&a, &[&b]), put_with(&b, &[&c]), put_with(&c, &[&d])]).await;
    for (follow, keys) in [(0, vec![&a]), (1, vec![&a, &b]), (2, vec![&a, &b, &c]), (9, vec![&a, &b, &c])] {
        let snapshot = side.snapshot(&a, follow).await;
        assert_eq!(snapshot.keys().collect::<Vec<_>>(), keys, "followed {follow} steps");
    }
    // One that is reached two ways is followed as far as the longer one goes.
    let read = Read::new().and(c.clone(), 0).and(a.clone(), 1).and(b.clone(), 2);
    let snapshot = side.store.read(&side.tenant, read).await.unwrap();
    assert_eq!(snapshot.keys().collect::<Vec<_>>(), [&a, &b, &c, &d]);
}

async fn references_in_a_circle_end(side: &Side) {
    let [a, b] = ["a", "b"].map(|id| Key::new("circle", id));
    side.write(vec![put_with(&a, &[&b, &a]), put_with(&b, &[&a])]).await;
    assert_eq!(side.snapshot(&a, 2).await.keys().collect::<Vec<_>>(), [&a, &b]);
}

async fn a_read_of_too_many_records_is_refused(side: &Side) {
    let key = Key::new("record", "many");
    let others: Vec<Key> = (0..MAX_RECORDS).map(|number| Key::new("other", number)).collect();
    let refs = |count: usize| put_with(&key, &others[..count].iter().collect::<Vec<_>>());
    side.write(vec![refs(MAX_RECORDS - 1)]).await;
    assert_eq!(side.snapshot(&key, 1).await.keys().count(), MAX_RECORDS);
    side.write(vec![refs(MAX_RECORDS)]).await;
    let read = Read::new().and(key.clone(), 1);
    assert_eq!(side.store.read(&side.tenant, read).await.unwrap_err(), StoreError::TooManyRecords);
}

async fn a_record_goes_when_its_time_is_over(side: &Side) {
    let key = Key::new("record", "short");
    let write = |ttl| Write::Put { key: key.clone(), data: b"x".to_vec(), refs: vec![], ttl: Some(ttl) };
    side.write(vec![write(Duration::from_hours(1))]).await;
    let before = side.version(&key).await;
    side.write(vec![write(Duration::from_millis(5))]).await;
    eventually("the record is gone", BOUND, async || side.data(&key).await.is_none()).await;
    assert_eq!(side.version(&key).await, Version::ABSENT);
    side.write(vec![put(&key, "y")]).await;
    assert!(side.version(&key).await > before, "a version came again");
}

async fn a_record_that_is_put_again_to_stay_stays(side: &Side) {
    let (key, other) = (Key::new("record", "kept"), Key::new("record", "not-kept"));
    let short = |key: &Key| Write::Put {
        key: key.clone(),
        data: b"x".to_vec(),
        refs: vec![],
        ttl: Some(Duration::from_millis(100)),
    };
    side.write(vec![short(&key), short(&other), put(&key, "stays")]).await;
    eventually("the other is gone", BOUND, async || side.data(&other).await.is_none()).await;
    assert_eq!(side.data(&key).await.as_deref(), Some(b"stays".as_slice()));
}

async fn a_record_that_is_no_such_thing_is_never_absent(side: &Side) {
    let key = Key::new("record", "text");
    side.write(vec![put(&key, "no JSON")]).await;
    let snapshot = side.snapshot(&key, 0).await;
    assert_eq!(snapshot.parse::<u8>(&key), Err(StoreError::Corrupt { key }));
}

async fn a_scan_finds_every_record_of_its_kind(side: &Side) {
    let scanned: Vec<Key> = (0..50).map(|number| Key::new("scanned", number)).collect();
    side.write(scanned.iter().map(|key| put(key, "x")).collect()).await;
    side.write((0..50).map(|number| put(&Key::new("scanne", number), "x")).collect()).await;
    let mut found = Vec::new();
    let mut cursor = Some(ScanCursor::default());
    while let Some(from) = cursor {
        let (keys, next) = side.store.scan(&side.tenant, "scanned:", from, 10).await.unwrap();
        found.extend(keys);
        cursor = next;
    }
    found.sort();
    found.dedup();
    let mut expected = scanned;
    expected.sort();
    assert_eq!(found, expected);
}

async fn the_epoch_stays(side: &Side) {
    let epoch = side.store.epoch(&side.tenant).await.unwrap();
    assert_eq!(side.store.epoch(&side.tenant).await.unwrap(), epoch);
    let page = side.store.read_log(&side.tenant, &Key::new("log", "none"), 0, 1, None).await.unwrap();
    assert_eq!(page.epoch, epoch);
}
