//! A mailbox on one of the stores, and what is put into it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use clock::{Clock, DateTime};
use mailbox::{Addressed, Mailbox, Reading, SignalHead, append, append_signal};
use serde_json::json;
use signal_protocol::{CallId, DeviceId, EventBody, SignalKind, SignalPayload, Tenant, UserId};
use store::{Commit, Committed, Key, Store, StoreSettings, Write};
use uuid::Uuid;

/// How long a test waits for what must happen.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) mailbox: Mailbox,
    store: Store,
    clock: Clock,
}

static EVENTS: AtomicU64 = AtomicU64::new(1);
static WORLDS: AtomicI64 = AtomicI64::new(0);

impl World {
    /// On a memory of its own, begun at a time of its own.
    pub(crate) fn memory() -> Self {
        let begun = 1_750_000_000 + WORLDS.fetch_add(1, Ordering::Relaxed);
        let clock = Clock::manual(DateTime::from_timestamp(begun, 0).unwrap());
        Self::on(Store::memory(clock.clone(), &[tenant("acme"), tenant("umbrella")]), clock)
    }

    /// On this Redis, once it is connected. Its time is the machine's.
    pub(crate) async fn redis(redis: &testkit::Redis) -> Self {
        // Patience with a loaded machine.
        let url = redis.url.clone().into();
        let settings = StoreSettings { url, timeout_ms: 5_000, ..StoreSettings::default() };
        let world = Self::on(
            Store::start(&settings, &[tenant("acme"), tenant("umbrella")]).unwrap(),
            Clock::system(),
        );
        world.is_connected().await;
        world
    }

    fn on(store: Store, clock: Clock) -> Self {
        Self { mailbox: Mailbox::new(store.clone()), store, clock }
    }

    pub(crate) async fn is_connected(&self) {
        testkit::eventually("the store answers", SOON, async || {
            self.store.epoch(&tenant("acme")).await.is_ok()
        })
        .await;
    }

    /// Moves the clock of a memory store.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(clock::Duration::from_std(time).unwrap());
    }

    /// Tells `to` of a new event, and gives its id.
    pub(crate) async fn tell(&self, to: &str, devices: Addressed) -> String {
        self.tell_all(&[(to, devices)]).await.remove(0)
    }

    /// Tells several people of new events by one commit.
    pub(crate) async fn tell_all(&self, news: &[(&str, Addressed)]) -> Vec<String> {
        let ids: Vec<_> =
            news.iter().map(|_| Uuid::from_u64_pair(0, EVENTS.fetch_add(1, Ordering::Relaxed))).collect();
        let appends = news
            .iter()
            .zip(&ids)
            .map(|((to, devices), id)| append(&user(to), devices, *id, self.clock.now(), &ringing()));
        self.write(appends.collect()).await;
        ids.iter().map(Uuid::to_string).collect()
    }

    /// Sends `to` a signal, and gives its id.
    pub(crate) async fn signal(&self, to: &str, devices: Addressed, payload: &SignalPayload) -> String {
        self.signal_holding(to, devices, &serde_json::to_vec(payload).unwrap()).await
    }

    /// The same with anything for a payload.
    pub(crate) async fn signal_holding(&self, to: &str, devices: Addressed, payload: &[u8]) -> String {
        let signal_id = Uuid::from_u64_pair(1, EVENTS.fetch_add(1, Ordering::Relaxed));
        let head = SignalHead {
            call_id: CallId::parse("0198c5a0-7c3e-7d5a-8f00-0123456789ab").unwrap(),
            from: user("carol"),
            kind: SignalKind::Offer,
            generation: 0,
            signal_id,
        };
        let key = Key::new("signal", signal_id);
        let ttl = Some(Duration::from_mins(5));
        let append = append_signal(&user(to), &devices, self.clock.now(), &head, key.clone());
        self.write(vec![Write::Put { key, data: payload.to_vec(), refs: Vec::new(), ttl }, append]).await;
        signal_id.to_string()
    }

    /// A signal's payload goes.
    pub(crate) async fn forget_signal(&self, id: &str) {
        self.write(vec![Write::Delete { key: Key::new("signal", id) }]).await;
    }

    /// Puts into the log of `to` what another release, or a fault, might have put there.
    pub(crate) async fn put(&self, to: &str, entry: &str) {
        let Write::Append { log, bounds, bell, .. } =
            append(&user(to), &Addressed::All, Uuid::nil(), self.clock.now(), &ringing())
        else {
            panic!("an event is appended");
        };
        self.write(vec![Write::Append {
            log,
            entry: entry.as_bytes().to_vec(),
            bounds,
            bell,
            attachment: None,
        }])
        .await;
    }

    async fn write(&self, writes: Vec<Write>) {
        let commit = Commit { writes, ..Commit::default() };
        let committed = self.store.commit(&tenant("acme"), commit).await.unwrap();
        assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    }

    pub(crate) async fn begin(&self, who: &str) -> String {
        let reading =
            self.mailbox.read(&tenant("acme"), &user(who), &device("phone"), None, 10, None).await.unwrap();
        assert!(reading.recovered && reading.events.is_empty());
        reading.cursor
    }

    pub(crate) async fn open(&self, who: &str, with: &str, session: Uuid) {
        self.mailbox.open(&tenant("acme"), &user(who), &device(with), session).await.unwrap();
    }

    pub(crate) async fn acknowledge(&self, who: &str, with: &str, cursor: &str) -> bool {
        self.mailbox.acknowledge(&tenant("acme"), &user(who), &device(with), cursor).await.unwrap()
    }

    pub(crate) async fn read(&self, who: &str, with: &str, after: &str, limit: usize) -> Reading {
        self.mailbox.read(&tenant("acme"), &user(who), &device(with), Some(after), limit, None).await.unwrap()
    }
}

/// The ids of the events, in order.
pub(crate) fn ids(reading: &Reading) -> Vec<String> {
    reading.events.iter().map(|event| event.id.clone()).collect()
}

pub(crate) fn tenant(name: &str) -> Tenant {
    Tenant::parse(name).unwrap()
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub(crate) fn device(name: &str) -> DeviceId {
    DeviceId::parse(name).unwrap()
}

pub(crate) fn offer(sdp: &str) -> SignalPayload {
    SignalPayload { sdp: Some(sdp.to_owned()), ..SignalPayload::default() }
}

fn ringing() -> EventBody {
    serde_json::from_value(json!({ "type": "call.ringing", "call": {
        "id": "0198c5a0-7c3e-7d5a-8f00-0123456789ab", "version": 1, "phase": "ringing", "kind": "audio", "media": "livekit",
        "caller": "carol", "parties": [], "created_at": "2026-01-31T09:30:00.000Z",
        "server_now": "2026-01-31T09:30:00.000Z", "trace_id": "0af7651916cd43dd8448eb211c80319c",
    } }))
    .unwrap()
}
