//! What is told of a change, with it and after it.

use std::collections::BTreeSet;
use std::time::Duration;

use call_state_api::outbox::News;
use clock::Clock;
use prometheus_client::encoding::text::encode;
use serde_json::Value;
use signal_protocol::{LeaveReason, MediaSource};
use store::{MAX_QUEUE, QueueEntry, Read};
use telemetry::LogFormat;
use telemetry::testing::Capture;
use tracing::instrument::WithSubscriber as _;

use super::*;
use crate::occupancy::{Change, Departure};

struct World {
    tenant: Tenant,
    room: RoomId,
    store: Store,
    registry: Registry,
    records: Records,
    log: Capture,
}

impl World {
    fn new(hook: bool) -> Self {
        let tenant = Tenant::parse("acme").unwrap();
        let store = Store::memory(Clock::system(), std::slice::from_ref(&tenant));
        let mut registry = Registry::default();
        let records = Records::new(RecordsSettings { hook }, &mut registry);
        let log = Capture::new("realtime-service", LogFormat::Json, "info");
        Self { tenant, room: RoomId::parse("standup").unwrap(), store, registry, records, log }
    }

    /// Commits `transitions` with a record that stands for who is in the room.
    async fn commit(&self, transitions: &[Transition]) -> Committed {
        let key = Key::new("occupancy", &self.room);
        let commit = Commit {
            expect: vec![(key.clone(), store::Version::ABSENT)],
            writes: vec![Write::Put { key, data: b"{}".to_vec(), refs: Vec::new(), ttl: None }],
            ..Commit::default()
        };
        let now = DateTime::UNIX_EPOCH;
        let committed =
            self.records.commit(&self.store, (&self.tenant, &self.room), commit, transitions, now);
        committed.with_subscriber(self.log.dispatch()).await.unwrap()
    }

    async fn queued(&self) -> Vec<QueueEntry> {
        let (block, idle) = (Duration::from_millis(1), Duration::from_mins(1));
        self.store.take(&self.tenant, &queue(), "test", 10, block, idle).await.unwrap()
    }

    fn logged(&self) -> Vec<Value> {
        self.log.lines()
    }

    fn figure(&self, line: &str) -> f64 {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        let found = text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
        found.unwrap_or(0.0)
    }
}

/// Ann's stay, and the end of the room.
fn over() -> [Transition; 2] {
    let joined_at = DateTime::UNIX_EPOCH;
    let at = joined_at + clock::Duration::seconds(90);
    let left = Change::Left {
        identity: "ann:phone".to_owned(),
        sid: "PA_one".to_owned(),
        joined_at,
        role: None,
        sent: BTreeSet::from([MediaSource::Camera]),
        why: Departure::RoomDeleted,
    };
    let closed = Change::Closed { started_at: Some(joined_at) };
    [left, closed].map(|change| Transition { room_sid: "RM_one".to_owned(), at, change })
}

fn came(identity: &str) -> Transition {
    let change = Change::Came { identity: identity.to_owned(), sid: "PA_one".to_owned() };
    Transition { room_sid: "RM_one".to_owned(), at: DateTime::UNIX_EPOCH, change }
}

fn sends(identity: &str, first: bool) -> Transition {
    let change = Change::Published {
        identity: identity.to_owned(),
        sid: "PA_one".to_owned(),
        source: Some(MediaSource::Microphone),
        joined_at: DateTime::UNIX_EPOCH,
        first,
    };
    Transition { room_sid: "RM_one".to_owned(), at: DateTime::UNIX_EPOCH, change }
}

#[tokio::test]
async fn what_is_over_is_enqueued_with_its_commit_and_logged_after_it() {
    let world = World::new(true);
    assert!(matches!(world.commit(&over()).await, Committed::Applied { .. }));
    let effects: Vec<HookEffect> =
        world.queued().await.iter().map(|entry| serde_json::from_slice(&entry.data).unwrap()).collect();
    let details: Vec<_> = effects
        .iter()
        .map(|effect| match &effect.news {
            News::Record(detail) if detail.id() == effect.id => detail,
            other => panic!("{other:?}"),
        })
        .collect();
    let [Detail::Session(session), Detail::Room(room)] = details.as_slice() else { panic!("{details:?}") };
    assert_eq!((session.duration_ms, session.reason), (90_000, LeaveReason::RoomEnded));
    assert_eq!((room.room_id.as_str(), room.duration_ms), ("standup", Some(90_000)));
    let logged = world.logged();
    let messages: Vec<_> = logged.iter().map(|line| &line["message"]).collect();
    assert_eq!(messages, ["room.session", "room.record"]);
    assert_eq!(logged[0]["record"], serde_json::to_value(session).unwrap());
    assert_eq!(logged[1]["record"], serde_json::to_value(room).unwrap());
    assert!(logged.iter().all(|line| line["target"] == "records"));
    assert!((world.figure("room_stays_total{reason=\"room_ended\"}") - 1.0).abs() < 0.5);
    assert!((world.figure("room_life_seconds_sum") - 90.0).abs() < 0.5);
}

#[tokio::test]
async fn what_is_not_committed_is_not_told() {
    let world = World::new(true);
    world.commit(&over()).await;
    world.queued().await;
    let before = world.logged().len();
    // Somebody else was faster: this record is there already.
    assert!(matches!(world.commit(&over()).await, Committed::Conflict { .. }));
    assert_eq!((world.queued().await.len(), world.logged().len()), (0, before));
}

#[tokio::test]
async fn where_nobody_wants_hooks_none_is_enqueued() {
    let world = World::new(false);
    world.commit(&over()).await;
    assert_eq!(world.queued().await, []);
    assert_eq!(world.logged().len(), 2);
}

#[tokio::test]
async fn a_queue_that_nobody_empties_keeps_nobody_out_of_the_books_of_rooms() {
    let world = World::new(true);
    let entry = || Write::Enqueue { queue: queue(), entry: b"{}".to_vec() };
    let writes = std::iter::repeat_with(entry).take(MAX_QUEUE).collect();
    world.store.commit(&world.tenant, Commit { writes, ..Commit::default() }).await.unwrap();
    assert!(matches!(world.commit(&over()).await, Committed::Applied { .. }));
    let key = Key::new("occupancy", &world.room);
    let read = world.store.read(&world.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
    assert!(read.data(&key).is_some());
    assert!((world.figure("room_records_crowded_out_total") - 2.0).abs() < 0.5);
    let messages: Vec<_> = world.logged().iter().map(|line| line["message"].clone()).collect();
    assert_eq!(messages, ["records.crowded_out", "room.session", "room.record"]);
}

#[tokio::test]
async fn it_is_measured_how_long_it_takes_from_a_token_to_the_room_and_to_the_first_media() {
    let world = World::new(false);
    world.records.let_in(&world.tenant, &world.room, "ann:phone");
    // Bob's token was given by another replica.
    let all = [came("ann:phone"), came("bob:phone"), sends("ann:phone", true), sends("ann:phone", false)];
    world.commit(&all).await;
    for histogram in ["join_arrival_seconds_count", "join_media_seconds_count"] {
        assert!((world.figure(histogram) - 1.0).abs() < 0.5, "{histogram}");
    }
    assert_eq!(world.logged().len(), 0, "nothing is over");
}
