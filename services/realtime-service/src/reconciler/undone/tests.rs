//! A LiveKit that is silent for longer than anything is remembered, with a clock that is moved.

use std::time::Duration;

use clock::Clock;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use signal_protocol::Tenant;
use store::{Key, Store, Write};
use tokio::sync::watch;

use super::*;
use crate::metrics::ServiceMetrics;
use crate::moderation::{Evictions, ModerationMetrics};
use crate::occupancy::Occupancies;
use crate::reconciler::{LiveRooms, ReconcilerMetrics, ReconcilerParts};
use crate::records::Records;
use crate::sfu::Sfu;
use crate::{LiveKitSettings, RecordsSettings};

const TOKEN_LIFE: Duration = Duration::from_mins(2);

struct World {
    clock: Clock,
    store: Store,
    tenant: Tenant,
    turns: Turns,
}

impl World {
    /// In which LiveKit does not answer.
    fn new() -> Self {
        identity::install_crypto();
        let clock = Clock::manual(Clock::system().now());
        let tenant = Tenant::parse("acme").unwrap();
        let store = Store::memory(clock.clone(), std::slice::from_ref(&tenant));
        let mut registry = Registry::default();
        let nobody = format!("http://127.0.0.1:{}", testkit::ports::free().unwrap());
        let settings: LiveKitSettings = serde_json::from_value(json!({
            "url": nobody, "public_url": nobody, "api_key": "key", "api_secret": "a secret of thirty-two bytes, or so",
        }))
        .unwrap();
        let sfu = Sfu::new(&settings, clock.clone(), &ServiceMetrics::new(&mut registry)).unwrap();
        let records = Records::new(RecordsSettings::default(), &mut registry);
        let parts = ReconcilerParts {
            store: store.clone(),
            evictions: Evictions::new(sfu.clone(), ModerationMetrics::register(&mut registry)),
            sfu,
            occupancies: Occupancies::new(store.clone(), records),
            live_rooms: LiveRooms::default(),
            calls: None,
            metrics: ReconcilerMetrics::register(&mut registry),
            period: Duration::from_secs(20),
            token_life: TOKEN_LIFE,
        };
        Self { turns: Turns::new(parts, tenant.clone()), clock, store, tenant }
    }

    async fn put(&self, key: Key, record: &Value, ttl: Option<Duration>) {
        let write = Write::Put { key, data: record.to_string().into_bytes(), refs: Vec::new(), ttl };
        self.store.commit(&self.tenant, Commit { writes: vec![write], ..Commit::default() }).await.unwrap();
    }

    async fn read(&self, keys: &[Key]) -> Snapshot {
        let read = keys.iter().fold(Read::new(), |read, key| read.and(key.clone(), 0));
        self.store.read(&self.tenant, read).await.unwrap()
    }

    /// Of everybody, and for how long what bars or ends them is kept as a rule.
    async fn standup(&self, people: &[&str]) -> (RoomId, Duration) {
        let room = RoomId::parse("standup").unwrap();
        let at = self.clock.now().to_rfc3339();
        let one = |name: &&str| {
            (format!("{name}:web"), json!({ "sid": format!("PA_{name}"), "joined_at": at, "heard_at": at }))
        };
        let people: serde_json::Map<_, _> = people.iter().map(one).collect();
        let record = json!({ "schema": 1, "sid": "RM_1", "started_at": at, "people": people });
        self.put(occupancy_key(&room), &record, Some(Duration::from_hours(24))).await;
        (room, TOKEN_LIFE + crate::stored::TOKENS_AFTERLIFE)
    }
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

#[tokio::test]
async fn somebody_barred_who_is_still_there_is_not_forgotten_however_long_livekit_is_silent() {
    let mut world = World::new();
    let (room, life) = world.standup(&["ann", "bob", "cat"]).await;
    world.clock.advance(clock::Duration::seconds(1));
    let now = world.clock.now();
    let kicked = json!({
        "schema": 1, "kind": "kicked", "by": "mona", "since": now.to_rfc3339(),
        "until": (now + clock::Duration::seconds(30)).to_rfc3339(),
    });
    let kept = life + Duration::from_secs(30);
    // Dan is barred, too, and not there.
    for name in ["ann", "dan"] {
        world.put(denial_key(&room, &user(name)), &kicked, Some(kept)).await;
    }
    world
        .put(signed_out_key(&user("bob")), &json!({ "schema": 1, "at": now.to_rfc3339() }), Some(life))
        .await;
    let (_stop, stopping) = watch::channel(false);
    for _ in 0..60 {
        world.turns.take(&stopping).await;
        world.clock.advance(clock::Duration::minutes(1));
    }
    let keys = ["ann", "cat", "dan"].map(|name| denial_key(&room, &user(name)));
    let read = world.read(&keys).await;
    let denial: Denial = read.parse(&keys[0]).unwrap().expect("it is there after an hour");
    assert!(denial.evicts(now - clock::Duration::seconds(1), read.now), "{denial:?}");
    assert_eq!(denial.bars(read.now), None, "nobody is barred for longer than was said");
    assert!(read.data(&keys[1]).is_none() && read.data(&keys[2]).is_none());
    let read = world.read(&[signed_out_key(&user("bob"))]).await;
    let signed_out = SignedOut::of(&read, &user("bob")).unwrap().expect("it is there after an hour");
    assert_eq!(signed_out.at, now, "what is from after it stays good");
}

#[tokio::test]
async fn what_was_carried_out_is_forgotten_as_ever() {
    let mut world = World::new();
    let (room, life) = world.standup(&["ann"]).await;
    let before = world.clock.now() - clock::Duration::minutes(1);
    let record = json!({ "schema": 1, "at": before.to_rfc3339() });
    world.put(signed_out_key(&user("ann")), &record, Some(life)).await;
    let readmitted = json!({
        "schema": 1, "kind": "kicked", "by": "mona", "since": (before - clock::Duration::minutes(1)).to_rfc3339(),
        "until": before.to_rfc3339(), "readmitted_at": before.to_rfc3339(),
    });
    world.put(denial_key(&room, &user("ann")), &readmitted, Some(life)).await;
    let (_stop, stopping) = watch::channel(false);
    for _ in 0..20 {
        world.turns.take(&stopping).await;
        world.clock.advance(clock::Duration::minutes(1));
    }
    let keys = [denial_key(&room, &user("ann")), signed_out_key(&user("ann"))];
    let read = world.read(&keys).await;
    assert!(keys.iter().all(|key| read.data(key).is_none()), "she came in after it");
}
