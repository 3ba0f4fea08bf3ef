//! Stays of weeks, with a clock that is moved; and records that nobody can read.

use std::collections::BTreeMap;

use clock::{Clock, DateTime, Duration};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use store::{Key, Store, Version, Write};

use super::*;
use crate::RecordsSettings;
use crate::occupancy::{Decided, Happened, RoomEvent, RoomIs, Somebody};
use crate::records::Records;

struct World {
    clock: Clock,
    store: Store,
    tenant: Tenant,
    mended: Counter,
    occupancies: Occupancies,
}

impl World {
    fn new() -> Self {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let tenant = Tenant::parse("acme").unwrap();
        let store = Store::memory(clock.clone(), std::slice::from_ref(&tenant));
        let records = Records::new(RecordsSettings::default(), &mut Registry::default());
        let mended = Counter::default();
        let occupancies = Occupancies::new(store.clone(), records).mending(mended.clone());
        Self { clock, store, tenant, mended, occupancies }
    }

    async fn snapshot(&self) -> Snapshot {
        let keys = [occupancy_key(&standup()), whereabouts_key(&ann())];
        let read = keys.into_iter().fold(Read::new(), |read, key| read.and(key, 0));
        self.store.read(&self.tenant, read).await.unwrap()
    }

    async fn version(&self) -> Version {
        self.snapshot().await.version(&whereabouts_key(&ann()))
    }

    async fn is_known(&self) -> bool {
        let known: Option<Whereabouts> = self.snapshot().await.parse(&whereabouts_key(&ann())).unwrap();
        known.is_some_and(|known| known.rooms.contains_key(&standup()))
    }

    async fn put(&self, key: Key, data: &str) {
        let write = Write::Put { key, data: data.into(), refs: Vec::new(), ttl: None };
        self.store.commit(&self.tenant, Commit { writes: vec![write], ..Commit::default() }).await.unwrap();
    }

    async fn ann_comes(&self) -> Result<(), crate::occupancy::OccupancyFailure> {
        let at = self.clock.now();
        let what = Happened::Joined(Somebody {
            identity: "ann:phone".to_owned(),
            sid: "PA_1".to_owned(),
            joined_at: Some(at),
            role: None,
            dependent: false,
        });
        let event = RoomEvent { room: RoomIs { sid: "RM_1".to_owned(), created_at: Some(at) }, at, what };
        let room = standup();
        let changed = self.occupancies.change(&self.tenant, &room, &[], None, |snapshot, occupancy| {
            let effect = occupancy.on(&event, snapshot.now);
            Ok(Decided { outcome: (), transitions: effect.transitions, mark: None })
        });
        changed.await.map(drop)
    }

    /// What a look of the reconciler's does about it: the record of the room is written, and of people what needs to be.
    async fn look(&self) {
        let room = standup();
        let changed = self.occupancies.change(&self.tenant, &room, &[], None, |snapshot, occupancy| {
            occupancy.reconciled_at = Some(snapshot.now);
            Ok(Decided { outcome: (), transitions: Vec::new(), mark: None })
        });
        changed.await.unwrap();
        let snapshot = self.snapshot().await;
        let fading: BTreeSet<UserId> =
            [ann()].into_iter().filter(|user| is_fading(&snapshot, &standup(), user)).collect();
        if !fading.is_empty() {
            self.occupancies.renew(&self.tenant, &standup(), &fading).await.unwrap();
        }
    }
}

fn standup() -> RoomId {
    RoomId::parse("standup").unwrap()
}

fn ann() -> UserId {
    UserId::parse("ann").unwrap()
}

#[tokio::test]
async fn whoever_stays_for_weeks_is_known_to_be_there_and_it_costs_a_write_in_days() {
    let world = World::new();
    world.ann_comes().await.unwrap();
    let mut versions = BTreeMap::new();
    for hour in 0..24 * 30 {
        world.look().await;
        assert!(world.is_known().await, "hour {hour}");
        *versions.entry(world.version().await).or_insert(0) += 1;
        world.clock.advance(Duration::hours(1));
    }
    assert!(versions.len() <= 10, "{} writes in 30 days", versions.len());
}

#[tokio::test]
async fn somebody_whose_whereabouts_are_lost_is_known_again_at_the_next_look() {
    let world = World::new();
    world.ann_comes().await.unwrap();
    let writes = vec![Write::Delete { key: whereabouts_key(&ann()) }];
    world.store.commit(&world.tenant, Commit { writes, ..Commit::default() }).await.unwrap();
    world.look().await;
    assert!(world.is_known().await);
    let absent = BTreeSet::from([UserId::parse("bob").unwrap()]);
    assert_eq!(
        world.occupancies.renew(&world.tenant, &standup(), &absent).await.unwrap(),
        0,
        "bob is not there"
    );
}

#[tokio::test]
async fn what_nobody_can_read_is_made_anew_and_what_a_newer_release_wrote_is_not() {
    let world = World::new();
    world.put(occupancy_key(&standup()), "garbage").await;
    world.put(whereabouts_key(&ann()), r#"{"schema":1,"rooms":7}"#).await;
    world.ann_comes().await.unwrap();
    assert!(world.is_known().await);
    assert_eq!(world.mended.get(), 2);
    world.put(whereabouts_key(&ann()), "[]").await;
    world.look().await;
    assert!(world.is_known().await);
    assert_eq!(world.mended.get(), 3);
    for key in [occupancy_key(&standup()), whereabouts_key(&ann())] {
        world.put(key, r#"{"schema":2}"#).await;
    }
    assert!(world.ann_comes().await.is_err());
    assert_eq!(world.mended.get(), 3);
}

#[tokio::test]
async fn who_only_hears_of_events_makes_nothing_anew() {
    let world = World::new();
    let records = Records::new(RecordsSettings::default(), &mut Registry::default());
    let world = World { occupancies: Occupancies::new(world.store.clone(), records), ..world };
    world.put(occupancy_key(&standup()), "garbage").await;
    assert!(world.ann_comes().await.is_err());
}
