//! The work in the background, on the memory store: what two replicas of it do with deadlines, hooks and broken records.

mod deadlines;
mod hooks;
mod repairs;

use std::sync::Arc;
use std::time::Duration;

use call_desk::records::{call_key, user_key};
use call_desk::{Desk, DeskMetrics};
use calls::{Actor, CallRecord, Command, Rules};
use clock::{Clock, Duration as TimeDelta};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use signal_protocol::{CallId, CallKind, CallMedia, DeviceId, InviteRequest, Tenant, UserId};
use store::{Commit, Committed, Key, Read, Store, Write};
use testkit::eventually;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::census::Census;
use super::metrics::BackgroundMetrics;
use super::poller::Poller;
use super::reaper::Reaper;
use super::stopping::{Stopper, Stopping};

/// How long anything may take before a test fails.
const BOUND: Duration = Duration::from_secs(20);

/// A store, a desk, and as many replicas of the work as a test begins.
struct World {
    tenant: Tenant,
    clock: Clock,
    store: Store,
    desk: Desk,
    registry: Registry,
    metrics: BackgroundMetrics,
    census: Arc<Census>,
    tasks: JoinSet<()>,
    stopper: Stopper,
    stopping: Stopping,
}

impl World {
    /// Whose time stands still until a test moves it.
    fn new() -> Self {
        Self::at(Clock::manual(Clock::system().now()))
    }

    fn at(clock: Clock) -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        let store = Store::memory(clock.clone(), std::slice::from_ref(&tenant));
        let mut registry = Registry::default();
        let hooks = call_desk::Hooks { rings: true, records: false };
        let desk = Desk::new(store.clone(), Rules::default(), hooks, DeskMetrics::new(&mut registry));
        let metrics = BackgroundMetrics::new(&mut registry);
        let census = Arc::new(Census::new(store.tenants()));
        let (stopper, stopping) = Stopper::new();
        Self {
            tenant,
            clock,
            store,
            desk,
            registry,
            metrics,
            census,
            tasks: JoinSet::new(),
            stopper,
            stopping,
        }
    }

    /// Begins with another replica's work on deadlines.
    fn poll(&mut self) {
        let poller = Poller {
            desk: self.desk.clone(),
            store: self.store.clone(),
            census: Arc::clone(&self.census),
            metrics: self.metrics.clone(),
            in_flight: 8,
        };
        self.tasks.spawn(poller.run(self.tenant.clone(), self.stopping.clone()));
    }

    /// Tells everything that was begun to stop, and waits until it has.
    async fn stop(&mut self) {
        self.stopper.stop();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }

    fn reaper(&self) -> Reaper {
        let (store, metrics) = (self.store.clone(), self.metrics.clone());
        Reaper { store, metrics, interval: Duration::from_millis(10), slice: 3 }
    }

    /// Somebody calls `callee`, who has no device.
    async fn invite(&self, from: &str, callee: &str) -> CallId {
        let call = CallId::of(Uuid::now_v7()).unwrap();
        let request = InviteRequest {
            callees: vec![user(callee)],
            room_id: None,
            kind: CallKind::Audio,
            media: CallMedia::P2p,
            ring_seconds: None,
            offer: None,
            key: None,
        };
        let actor = Actor { user: user(from), device: DeviceId::parse("phone").unwrap() };
        let (traceparent, trace_id) = (None, "0".repeat(32));
        let invite = Command::Invite { call, actor, request, traceparent, trace_id };
        self.desk.run(&self.tenant, invite, None).await.unwrap();
        call
    }

    async fn call(&self, call: CallId) -> CallRecord {
        let key = call_key(call);
        let read = self.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
        read.parse(&key).unwrap().unwrap()
    }

    async fn is_there(&self, key: Key) -> bool {
        let read = self.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
        read.data(&key).is_some()
    }

    async fn is_busy(&self, name: &str) -> bool {
        self.is_there(user_key(&user(name))).await
    }

    async fn write(&self, writes: Vec<Write>) {
        let commit = Commit { writes, ..Commit::default() };
        let committed = self.store.commit(&self.tenant, commit).await.unwrap();
        assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    }

    async fn timers(&self) -> u64 {
        self.store.timers(&self.tenant).await.unwrap().total
    }

    async fn timers_are(&self, count: u64) {
        eventually("so many timers", BOUND, async || match self.timers().await {
            seen if seen == count => Ok(()),
            seen => Err(format!("{seen} timers, not {count}")),
        })
        .await;
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// The sum of the metrics that begin so, whatever labels follow; 0 if there is none.
    fn figure(&self, start: &str) -> f64 {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        let lines = text.lines().filter(|line| line.starts_with(start));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    }

    async fn figure_is(&self, line: &str, value: f64) {
        eventually(line, BOUND, async || match self.figure(line) {
            seen if (seen - value).abs() < 0.5 => Ok(()),
            seen => Err(format!("{seen}, not {value}")),
        })
        .await;
    }
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}
