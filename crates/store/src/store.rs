//! The store: the same verbs, whichever keeps the records.

mod change;
mod logs;

pub use change::Change;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clock::Clock;
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;

use crate::health::Watch;
use crate::memory::Memory;
use crate::metrics::{Metrics, Operation};
use crate::redis::Redis;
use crate::{
    Claimed, Commit, Committed, Epoch, Health, Key, QueueEntry, Read, ScanCursor, Snapshot, StartError,
    StoreError, StoreSettings, TimerCount,
};

/// Records, timers, logs and queues of several tenants. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    tenants: Arc<[Tenant]>,
    keeper: Keeper,
    metrics: Arc<Metrics>,
    watch: Arc<Watch>,
}

#[derive(Clone)]
enum Keeper {
    Memory(Arc<Memory>),
    Redis(Arc<Redis>),
}

impl Store {
    /// A store in the memory of this process, gone with it. Its time is the clock's.
    #[must_use]
    pub fn memory(clock: Clock, tenants: &[Tenant]) -> Self {
        let metrics = Arc::new(Metrics::default());
        let memory = Memory::new(clock.clone(), tenants, Arc::clone(&metrics));
        let watch = Arc::new(Watch::new(tenants, clock));
        for tenant in tenants {
            watch.saw(tenant, &Ok(()));
        }
        Self { tenants: tenants.into(), keeper: Keeper::Memory(Arc::new(memory)), metrics, watch }
    }

    /// A store on Redis. Must be called inside Tokio. The server need not be up: it is connected to in the background, and
    /// until then every verb fails with [`StoreError::Unavailable`].
    pub fn start(settings: &StoreSettings, tenants: &[Tenant]) -> Result<Self, StartError> {
        let metrics = Arc::new(Metrics::default());
        let watch = Arc::new(Watch::new(tenants, Clock::system()));
        let redis = Redis::start(settings, tenants, Arc::clone(&metrics), &watch)?;
        Ok(Self { tenants: tenants.into(), keeper: Keeper::Redis(redis), metrics, watch })
    }

    /// Adds the store's metrics to those of its service.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// Whether it serves.
    #[must_use]
    pub fn readiness(&self) -> Health {
        self.watch.health()
    }

    /// The tenants it was started with.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// Whether a durable commit waits for replicas, so that what it answers outlives the primary.
    #[must_use]
    pub fn waits_for_replicas(&self) -> bool {
        match &self.keeper {
            Keeper::Memory(_) => false,
            Keeper::Redis(redis) => redis.waits_for_replicas(),
        }
    }

    /// Reads records, and those that they refer to, as they are at one instant. One round trip.
    pub async fn read(&self, tenant: &Tenant, read: Read) -> Result<Snapshot, StoreError> {
        self.observed(Operation::Read, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.read(tenant, &read),
                Keeper::Redis(redis) => redis.read(tenant, &read).await,
            }
        })
        .await
    }

    /// Makes every change, or none. One round trip.
    pub async fn commit(&self, tenant: &Tenant, commit: Commit) -> Result<Committed, StoreError> {
        let started = Instant::now();
        let result = match &self.keeper {
            Keeper::Memory(memory) => memory.commit(tenant, &commit),
            Keeper::Redis(redis) => redis.commit(tenant, &commit).await,
        };
        let outcome = match &result {
            Ok(Committed::Applied { .. }) => "applied",
            Ok(Committed::Conflict { .. }) => "conflict",
            Ok(Committed::TooLate { .. }) => "too_late",
            Err(error) => error.outcome(),
        };
        self.metrics.observe(Operation::Commit, outcome, started);
        self.watch.saw(tenant, &result);
        result
    }

    /// Claims at most `limit` timers that are due: each becomes due again after `hold` (to the millisecond), unless a commit
    /// sets or removes it, so that the work of somebody who dies is taken up.
    pub async fn claim_due(
        &self,
        tenant: &Tenant,
        limit: usize,
        hold: Duration,
    ) -> Result<Claimed, StoreError> {
        self.observed(Operation::ClaimDue, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.claim_due(tenant, limit, hold),
                Keeper::Redis(redis) => redis.claim_due(tenant, limit, hold).await,
            }
        })
        .await
    }

    /// Counts the timers.
    pub async fn timers(&self, tenant: &Tenant) -> Result<TimerCount, StoreError> {
        self.observed(Operation::Timers, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.timers(tenant),
                Keeper::Redis(redis) => redis.timers(tenant).await,
            }
        })
        .await
    }

    /// Takes at most `limit` entries of a queue for `consumer`, first those that somebody took at least `idle` ago and never
    /// acknowledged. Waits for one up to `block`, and gives none if none comes.
    pub async fn take(
        &self,
        tenant: &Tenant,
        queue: &Key,
        consumer: &str,
        limit: usize,
        block: Duration,
        idle: Duration,
    ) -> Result<Vec<QueueEntry>, StoreError> {
        self.observed(Operation::Take, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.take(tenant, queue, limit, block, idle).await,
                Keeper::Redis(redis) => redis.take(tenant, queue, consumer, limit, block, idle).await,
            }
        })
        .await
    }

    /// A slice of the records whose key begins with `prefix` (`call:`), and where to go on; none at the end. About `count`
    /// keys are looked at, so a slice may be empty and the scan not at its end.
    pub async fn scan(
        &self,
        tenant: &Tenant,
        prefix: &str,
        cursor: ScanCursor,
        count: usize,
    ) -> Result<(Vec<Key>, Option<ScanCursor>), StoreError> {
        self.observed(Operation::Scan, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.scan(tenant, prefix, &cursor, count),
                Keeper::Redis(redis) => redis.scan(tenant, prefix, &cursor, count).await,
            }
        })
        .await
    }

    /// The epoch that positions belong to now.
    pub async fn epoch(&self, tenant: &Tenant) -> Result<Epoch, StoreError> {
        self.observed(Operation::Epoch, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.epoch(tenant),
                Keeper::Redis(redis) => redis.epoch(tenant).await,
            }
        })
        .await
    }

    async fn observed<T>(
        &self,
        operation: Operation,
        verb: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let started = Instant::now();
        let result = verb.await;
        let outcome = result.as_ref().map_or_else(StoreError::outcome, |_| "ok");
        self.metrics.observe(operation, outcome, started);
        result
    }
}
