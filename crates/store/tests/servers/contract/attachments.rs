//! Attachments: records that are read with entries of a log, and may be gone before them.

use std::time::Duration;

use store::{
    Attached, Attachment, Commit, Committed, Key, LogBounds, LogPage, MAX_PAGE_BYTES, StoreError, Version,
    Write,
};
use testkit::eventually;

use super::{BOUND, Side, in_turn, put};

const ROOMY: LogBounds = LogBounds { max_entries: 1_000, max_age: Duration::from_hours(1) };
const SOON: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_hours(1);

pub(super) async fn all(side: &Side) {
    in_turn!(side;
        an_entry_is_read_with_what_is_attached,
        what_is_for_another_reader_is_not_looked_at,
        whether_a_reader_has_consumed_all_is_told,
        what_is_consumed_goes_soon_and_nothing_else_does,
        an_offset_of_another_log_consumes_nothing,
        to_consume_is_never_to_prolong,
        a_record_is_consumed_with_each_entry_that_it_is_attached_to,
        what_was_dropped_is_not_to_be_consumed,
        who_read_behind_the_middle_has_the_rest_to_consume,
        what_went_by_its_age_is_not_to_be_consumed,
        names_with_our_own_signs_in_them_are_kept_apart,
        what_was_not_committed_is_not_attached,
        an_attachment_that_is_no_record_is_corrupt,
        large_attachments_come_whole_in_pages_that_are_not_too_large,
        an_expiry_shortens_a_life_and_never_prolongs_it,
    );
}

/// Puts a record, and attaches it to a new entry.
fn attach(log: &Key, record: &Key, reader: Option<&str>) -> [Write; 2] {
    [put(record, record.id()), append(log, Some((record, reader)))]
}

fn append(log: &Key, attached: Option<(&Key, Option<&str>)>) -> Write {
    let attachment = attached
        .map(|(record, reader)| Attachment { record: record.clone(), reader: reader.map(str::to_owned) });
    Write::Append { log: log.clone(), entry: b"entry".to_vec(), bounds: ROOMY, bell: None, attachment }
}

fn records<const N: usize>(of: &str) -> [Key; N] {
    std::array::from_fn(|number| Key::new("signal", format_args!("{of}-{}", number + 1)))
}

impl Side {
    async fn log_for(&self, log: &Key, after: u64, reader: Option<&str>) -> LogPage {
        self.store.read_log(&self.tenant, log, after, 1_000, reader).await.unwrap()
    }

    async fn attached(&self, log: &Key, reader: Option<&str>) -> Vec<Attached> {
        let page = self.log_for(log, 0, reader).await;
        assert!(page.entries.iter().all(|entry| entry.data == b"entry"));
        page.entries.into_iter().map(|entry| entry.attachment).collect()
    }

    async fn has_unconsumed(&self, log: &Key, after: u64, reader: &str) -> bool {
        self.log_for(log, after, Some(reader)).await.has_unconsumed
    }

    async fn consume(&self, log: &Key, reader: &str, up_to: u64, keep: Duration) -> u64 {
        let born = self.log_for(log, u64::MAX, None).await.born;
        self.store.consume(&self.tenant, log, reader, born, up_to, keep).await.unwrap()
    }

    async fn is_gone(&self, key: &Key) {
        eventually("the record is gone", BOUND, async || self.data(key).await.is_none()).await;
    }
}

fn data(record: &Key) -> Attached {
    Attached::Data(record.id().as_bytes().to_vec())
}

async fn an_entry_is_read_with_what_is_attached(side: &Side) {
    let log = Key::new("mailbox", "with");
    let [first, second, never] = records("with");
    let mut writes = vec![append(&log, None)];
    writes.extend(attach(&log, &first, None));
    writes.extend(attach(&log, &second, Some("phone")));
    writes.push(append(&log, Some((&never, None))));
    assert_eq!(side.write(writes).await, [1, 2, 3, 4]);
    let there = vec![Attached::None, data(&first), data(&second), Attached::Gone];
    assert_eq!(side.attached(&log, None).await, there);
    assert_eq!(side.attached(&log, Some("phone")).await, there);
    let back = side.store.read_log_back(&side.tenant, &log, None, 2).await.unwrap();
    assert_eq!(
        back.entries.iter().map(|entry| &entry.attachment).collect::<Vec<_>>(),
        [&there[3], &there[2]]
    );
    // As it is now, not as it was when it was attached.
    side.write(vec![put(&first, "another"), Write::Delete { key: second }]).await;
    let there = vec![Attached::None, Attached::Data(b"another".to_vec()), Attached::Gone, Attached::Gone];
    assert_eq!(side.attached(&log, None).await, there);
}

async fn what_is_for_another_reader_is_not_looked_at(side: &Side) {
    let log = Key::new("mailbox", "another");
    let [all, phone, gone] = records("another");
    let mut writes = Vec::from(attach(&log, &all, None));
    writes.extend(attach(&log, &phone, Some("phone")));
    writes.push(append(&log, Some((&gone, Some("phone")))));
    side.write(writes).await;
    let elsewhere = || Attached::Elsewhere;
    assert_eq!(side.attached(&log, Some("laptop")).await, [data(&all), elsewhere(), elsewhere()]);
    assert_eq!(side.attached(&log, Some("phone")).await, [data(&all), data(&phone), Attached::Gone]);
}

async fn whether_a_reader_has_consumed_all_is_told(side: &Side) {
    let log = Key::new("mailbox", "count");
    let [first, second, all, other] = records("count");
    let mut writes = vec![append(&log, None)];
    writes.extend(attach(&log, &first, Some("phone")));
    writes.extend(attach(&log, &all, None));
    writes.extend(attach(&log, &other, Some("laptop")));
    writes.extend(attach(&log, &second, Some("phone")));
    side.write(writes).await;
    for (after, expected) in
        [(0, false), (1, false), (2, true), (4, true), (5, true), (9, true), (u64::MAX, true)]
    {
        assert_eq!(side.has_unconsumed(&log, after, "phone").await, expected, "after {after}");
    }
    assert!(!side.log_for(&log, 9, None).await.has_unconsumed);
    assert!(!side.has_unconsumed(&log, 9, "watch").await);
    assert_eq!(side.consume(&log, "phone", 2, LONG).await, 1);
    for (after, expected) in [(1, false), (2, false), (4, false), (5, true), (9, true)] {
        assert_eq!(side.has_unconsumed(&log, after, "phone").await, expected, "then after {after}");
    }
    assert!(side.has_unconsumed(&log, 9, "laptop").await);
    let never = Key::new("mailbox", "never-count");
    assert!(!side.has_unconsumed(&never, 9, "phone").await);
    assert_eq!(side.consume(&never, "phone", 9, LONG).await, 0);
}

async fn what_is_consumed_goes_soon_and_nothing_else_does(side: &Side) {
    let log = Key::new("mailbox", "consume");
    let [first, second, later, all, other] = records("consume");
    let mut writes = Vec::new();
    for (record, reader) in
        [(&first, Some("phone")), (&all, None), (&other, Some("laptop")), (&second, Some("phone"))]
    {
        writes.extend(attach(&log, record, reader));
    }
    writes.extend(attach(&log, &later, Some("phone")));
    side.write(writes).await;
    let version = side.version(&all).await;
    assert_eq!(side.consume(&log, "phone", 4, SOON).await, 2);
    assert_eq!(side.consume(&log, "phone", 4, SOON).await, 0);
    side.is_gone(&first).await;
    side.is_gone(&second).await;
    let there = [Attached::Gone, data(&all), data(&other), Attached::Gone, data(&later)];
    assert_eq!(side.attached(&log, None).await, there);
    assert_eq!(side.version(&all).await, version);
    // A record that is gone by itself is consumed all the same.
    side.write(vec![Write::Delete { key: later }]).await;
    assert_eq!(side.consume(&log, "phone", u64::MAX, SOON).await, 1);
}

async fn an_offset_of_another_log_consumes_nothing(side: &Side) {
    let log = Key::new("mailbox", "reborn");
    let [record] = records("reborn");
    side.write(attach(&log, &record, Some("phone")).into()).await;
    let born = side.log_for(&log, 0, None).await.born;
    for other in [0, born - 1, born + 1] {
        assert_eq!(side.store.consume(&side.tenant, &log, "phone", other, 9, SOON).await, Ok(0));
    }
    assert_eq!(side.consume(&log, "phone", 9, LONG).await, 1);
    assert_eq!(side.attached(&log, None).await, [data(&record)]);
}

async fn to_consume_is_never_to_prolong(side: &Side) {
    let log = Key::new("mailbox", "prolong");
    let [record] = records("prolong");
    let ttl = Some(SOON);
    let writes = vec![
        Write::Put { key: record.clone(), data: b"x".to_vec(), refs: Vec::new(), ttl },
        append(&log, Some((&record, Some("phone")))),
    ];
    side.write(writes).await;
    assert_eq!(side.consume(&log, "phone", 1, LONG).await, 1);
    side.is_gone(&record).await;
}

async fn a_record_is_consumed_with_each_entry_that_it_is_attached_to(side: &Side) {
    let log = Key::new("mailbox", "twice");
    let [record] = records("twice");
    side.write(attach(&log, &record, Some("phone")).into()).await;
    side.write(vec![append(&log, Some((&record, Some("phone"))))]).await;
    assert_eq!(side.consume(&log, "phone", 1, LONG).await, 1);
    assert!(side.has_unconsumed(&log, 2, "phone").await);
    assert_eq!(side.consume(&log, "phone", 2, LONG).await, 1);
    assert_eq!(side.attached(&log, None).await, [data(&record), data(&record)]);
}

async fn what_was_dropped_is_not_to_be_consumed(side: &Side) {
    let log = Key::new("mailbox", "dropped");
    let [first, second, third, fourth] = records("dropped");
    for record in [&first, &second, &third] {
        side.write(attach(&log, record, Some("phone")).into()).await;
    }
    let bounds = LogBounds { max_entries: 2, ..ROOMY };
    let append = Write::Append { log: log.clone(), entry: vec![], bounds, bell: None, attachment: None };
    side.write(vec![append.clone()]).await;
    let page = side.log_for(&log, 4, Some("phone")).await;
    assert_eq!((page.floor, page.has_unconsumed), (2, true));
    assert!(!side.has_unconsumed(&log, 2, "phone").await);
    side.write(attach(&log, &fourth, Some("phone")).into()).await;
    for (after, expected) in [(2, false), (3, true), (4, true), (5, true)] {
        assert_eq!(side.has_unconsumed(&log, after, "phone").await, expected, "after {after}");
    }
    assert_eq!(side.consume(&log, "phone", 9, LONG).await, 2, "the third and the fourth");
    side.write(attach(&log, &first, Some("phone")).into()).await;
    side.write(vec![append.clone(), append]).await;
    assert!(!side.has_unconsumed(&log, 9, "phone").await, "the newest was dropped too");
    assert_eq!(side.consume(&log, "phone", 9, LONG).await, 0);
}

async fn who_read_behind_the_middle_has_the_rest_to_consume(side: &Side) {
    let log = Key::new("mailbox", "middle");
    let [first, second, others] = records("middle");
    side.write(attach(&log, &first, Some("phone")).into()).await;
    for _ in 0..3 {
        side.write(attach(&log, &others, Some("laptop")).into()).await;
    }
    side.write(attach(&log, &second, Some("phone")).into()).await;
    assert_eq!(side.consume(&log, "phone", 3, LONG).await, 1);
    for (after, expected) in [(1, false), (3, false), (4, false), (5, true)] {
        assert_eq!(side.has_unconsumed(&log, after, "phone").await, expected, "after {after}");
    }
    // What was consumed before is no matter of who reads further back.
    assert_eq!(side.consume(&log, "phone", 2, LONG).await, 0);
    assert_eq!(side.consume(&log, "phone", 4, LONG).await, 0);
    assert_eq!(side.consume(&log, "phone", 5, LONG).await, 1);
    assert!(!side.has_unconsumed(&log, 5, "phone").await);
    assert!(side.has_unconsumed(&log, 5, "laptop").await);
}

async fn what_went_by_its_age_is_not_to_be_consumed(side: &Side) {
    for consumes in [true, false] {
        let log = Key::new("mailbox", format_args!("aged-{consumes}"));
        let [record] = records(log.id());
        let bounds = LogBounds { max_age: SOON, ..ROOMY };
        let attachment = Attachment { record: record.clone(), reader: Some("phone".to_owned()) };
        let aged = Write::Append {
            log: log.clone(),
            entry: vec![],
            bounds,
            bell: None,
            attachment: Some(attachment),
        };
        side.write(vec![aged.clone(), aged]).await;
        eventually("the entries are gone", BOUND, async || {
            side.log_for(&log, 0, None).await.entries.is_empty()
        })
        .await;
        assert!(!side.has_unconsumed(&log, u64::MAX, "phone").await);
        if consumes {
            assert_eq!(side.consume(&log, "phone", u64::MAX, LONG).await, 0);
        }
        side.write(attach(&log, &record, Some("phone")).into()).await;
        assert!(!side.has_unconsumed(&log, 2, "phone").await);
        assert!(side.has_unconsumed(&log, 3, "phone").await);
        assert_eq!(side.consume(&log, "phone", 3, LONG).await, 1);
    }
}

async fn names_with_our_own_signs_in_them_are_kept_apart(side: &Side) {
    let pairs = [("a@mailbox:b", "mailbox:x"), ("a", "mailbox:b@mailbox:x"), ("1:a", "mailbox:x")];
    for (number, (reader, log)) in pairs.iter().enumerate() {
        let record = Key::new("signal", format_args!("apart-{number}"));
        side.write(attach(&Key::parse(log).unwrap(), &record, Some(reader)).into()).await;
    }
    for (reader, log) in pairs {
        let log = Key::parse(log).unwrap();
        assert_eq!(side.consume(&log, reader, 9, LONG).await, 1, "{reader} of {log}");
    }
}

async fn what_was_not_committed_is_not_attached(side: &Side) {
    let log = Key::new("mailbox", "conflict");
    let [record, other] = records("conflict");
    side.write(vec![put(&other, "x")]).await;
    let expect = vec![(other.clone(), Version::ABSENT)];
    let committed = side.write_if(expect, attach(&log, &record, Some("phone")).into()).await;
    assert_eq!(committed, Committed::Conflict { key: other });
    let page = side.log_for(&log, 9, Some("phone")).await;
    assert_eq!((page.last, page.has_unconsumed), (0, false));
    assert_eq!(side.consume(&log, "phone", 9, LONG).await, 0);
}

async fn an_attachment_that_is_no_record_is_corrupt(side: &Side) {
    let (log, other) = (Key::new("mailbox", "corrupt"), Key::new("mailbox", "no-record"));
    side.write(vec![append(&other, None), append(&log, Some((&other, None)))]).await;
    let refused = side.store.read_log(&side.tenant, &log, 0, 9, None).await.unwrap_err();
    assert_eq!(refused, StoreError::Corrupt { key: other });
}

async fn large_attachments_come_whole_in_pages_that_are_not_too_large(side: &Side) {
    const SIZE: usize = 60 * 1_024;
    let log = Key::new("mailbox", "large");
    let of = |number: u8| vec![number; SIZE];
    for number in 0..20 {
        let key = Key::new("signal", format_args!("large-{number}"));
        let record = Write::Put { key: key.clone(), data: of(number), refs: Vec::new(), ttl: Some(LONG) };
        side.write(vec![record, append(&log, Some((&key, Some("phone"))))]).await;
    }
    let mut read = Vec::new();
    while read.len() < 20 {
        let page = side.log_for(&log, read.len() as u64, Some("phone")).await;
        let begun = MAX_PAGE_BYTES.div_ceil(SIZE).min(20 - read.len());
        assert_eq!((page.entries.len(), page.last), (begun, 20), "the entry that fills it is the last");
        read.extend(page.entries.into_iter().map(|entry| entry.attachment));
    }
    assert_eq!(read, (0..20).map(|number| Attached::Data(of(number))).collect::<Vec<_>>());
    let page = side.log_for(&log, 0, Some("laptop")).await;
    assert_eq!(page.entries.len(), 20, "what is for somebody else takes no room");
    let page = side.store.read_log_back(&side.tenant, &log, None, 1_000).await.unwrap();
    assert_eq!(page.entries.len(), 20, "backwards a short page is the last one");
}

async fn an_expiry_shortens_a_life_and_never_prolongs_it(side: &Side) {
    let [stays, brief, absent, log] = records("expire");
    let expire = |key: &Key, within| Write::Expire { key: key.clone(), within };
    let ttl = Some(SOON);
    side.write(vec![
        put(&stays, "x"),
        Write::Put { key: brief.clone(), data: b"x".to_vec(), refs: Vec::new(), ttl },
        expire(&brief, LONG),
        expire(&absent, LONG),
    ])
    .await;
    side.is_gone(&brief).await;
    assert_eq!(side.version(&absent).await, Version::ABSENT);
    let version = side.version(&stays).await;
    side.write(vec![expire(&stays, LONG)]).await;
    assert_eq!(side.version(&stays).await, version, "it is no change");
    // So nobody who read it before is disturbed.
    let committed = side.write_if(vec![(stays.clone(), version)], vec![expire(&stays, SOON)]).await;
    assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    side.is_gone(&stays).await;
    side.write(vec![append(&log, None)]).await;
    let commit = Commit { writes: vec![expire(&log, SOON)], ..Commit::default() };
    let refused = side.store.commit(&side.tenant, commit).await.unwrap_err();
    assert_eq!(refused, StoreError::Corrupt { key: log });
}
