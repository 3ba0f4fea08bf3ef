//! A store in the memory of this process, for development and tests.
//!
//! Each tenant has one state under one lock, so every verb is atomic by nature. It is not shared between processes and not
//! kept beyond this one.

mod bell;
mod commit;
mod log;
mod page;
mod queue;
mod record;
mod state;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::{Clock, DateTime, Duration as TimeDelta, Utc};
use signal_protocol::Tenant;
use tokio::sync::watch;
use tokio::time::Instant;

pub(crate) use bell::Bell;
use page::Part;
use state::State;

use crate::metrics::Metrics;
use crate::read::Record;
use crate::{
    Claimed, Commit, Committed, Due, Epoch, Key, LogPage, QueueEntry, Read, ScanCursor, Snapshot, StoreError,
    TimerCount,
};

/// The states of all tenants.
pub(crate) struct Memory {
    clock: Clock,
    tenants: BTreeMap<Tenant, Arc<Shard>>,
    metrics: Arc<Metrics>,
}

/// The state of one tenant, and who waits for it to change.
struct Shard {
    state: Mutex<State>,
    /// Sent to after each change that rang the bell or filled a queue.
    changed: watch::Sender<()>,
}

impl Shard {
    /// Panics leave no half-made change behind: a commit checks everything before it changes anything.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    pub(crate) fn new(clock: Clock, tenants: &[Tenant], metrics: Arc<Metrics>) -> Self {
        let shard =
            || Shard { state: Mutex::new(State::new(Epoch::random())), changed: watch::Sender::new(()) };
        let tenants = tenants.iter().map(|tenant| (tenant.clone(), Arc::new(shard()))).collect();
        Self { clock, tenants, metrics }
    }

    pub(crate) fn read(&self, tenant: &Tenant, read: &Read) -> Result<Snapshot, StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let mut state = shard.lock();
        state.expire(now);
        let records = state.follow(&read.roots).map_err(|refused| self.counted(refused))?;
        Ok(Snapshot { now, records, metrics: Arc::clone(&self.metrics) })
    }

    pub(crate) fn commit(&self, tenant: &Tenant, commit: &Commit) -> Result<Committed, StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let mut state = shard.lock();
        state.expire(now);
        let committed = state.commit(commit, now).map_err(|refused| self.counted(refused))?;
        drop(state);
        shard.changed.send_replace(());
        Ok(committed)
    }

    pub(crate) fn claim_due(
        &self,
        tenant: &Tenant,
        limit: usize,
        hold: Duration,
    ) -> Result<Claimed, StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let mut state = shard.lock();
        let due: Vec<Due> = state.timers.due(now).take(limit).collect();
        for claimed in &due {
            state.timers.set(claimed.member.clone(), now + delta(hold));
        }
        Ok(Claimed { now, due, next: state.timers.first() })
    }

    pub(crate) fn timers(&self, tenant: &Tenant) -> Result<TimerCount, StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let state = shard.lock();
        Ok(TimerCount { total: state.timers.len() as u64, overdue: state.timers.due(now).count() as u64 })
    }

    pub(crate) fn read_log(
        &self,
        tenant: &Tenant,
        log: &Key,
        after: u64,
        limit: usize,
        reader: Option<&str>,
    ) -> Result<LogPage, StoreError> {
        self.page(tenant, log, Part::After(after, reader), limit)
    }

    pub(crate) fn read_log_back(
        &self,
        tenant: &Tenant,
        log: &Key,
        before: Option<u64>,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        self.page(tenant, log, Part::Before(before), limit)
    }

    fn page(&self, tenant: &Tenant, log: &Key, part: Part<'_>, limit: usize) -> Result<LogPage, StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let mut state = shard.lock();
        state.expire(now);
        state.page(log, part, limit, now).map_err(|refused| self.counted(refused))
    }

    pub(crate) fn consume(
        &self,
        tenant: &Tenant,
        log: &Key,
        reader: &str,
        born: u64,
        up_to: u64,
        keep: Duration,
    ) -> Result<u64, StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let mut state = shard.lock();
        state.expire(now);
        let records =
            state.consume(log, reader, born, up_to, now).map_err(|refused| self.counted(refused))?;
        for record in &records {
            state.shorten(record, keep, now);
        }
        Ok(records.len() as u64)
    }

    pub(crate) fn bell(&self, tenant: &Tenant) -> Bell {
        Bell::new(self.tenants.get(tenant).map(Arc::clone))
    }

    pub(crate) async fn take(
        &self,
        tenant: &Tenant,
        queue: &Key,
        limit: usize,
        block: Duration,
        idle: Duration,
    ) -> Result<Vec<QueueEntry>, StoreError> {
        let (shard, _) = self.shard(tenant)?;
        let mut changed = shard.changed.subscribe();
        let deadline = Instant::now() + block;
        loop {
            // Marked as seen before it is looked at: what changes meanwhile wakes at once.
            changed.borrow_and_update();
            let now = self.clock.now();
            let taken = {
                let mut state = shard.lock();
                let queue = state.queue(queue).map_err(|refused| self.counted(refused))?;
                queue.map(|queue| queue.take(limit, now, idle)).unwrap_or_default()
            };
            if !taken.is_empty() {
                return Ok(taken);
            }
            match tokio::time::timeout_at(deadline, changed.changed()).await {
                Ok(Ok(())) => {}
                // The sender is in the shard, which is held here: it cannot be gone.
                Ok(Err(_)) | Err(_) => return Ok(taken),
            }
        }
    }

    pub(crate) fn scan(
        &self,
        tenant: &Tenant,
        prefix: &str,
        cursor: &ScanCursor,
        count: usize,
    ) -> Result<(Vec<Key>, Option<ScanCursor>), StoreError> {
        let (shard, now) = self.shard(tenant)?;
        let mut state = shard.lock();
        state.expire(now);
        let from = Key::parse(&cursor.0).map_or(Bound::Unbounded, Bound::Excluded);
        let slice: Vec<Key> = state.keys_from(from).take(count.max(1)).cloned().collect();
        let next = (slice.len() == count.max(1)).then(|| slice.last()).flatten();
        let next = next.map(|last| ScanCursor(last.as_str().to_owned()));
        Ok((slice.into_iter().filter(|key| key.as_str().starts_with(prefix)).collect(), next))
    }

    pub(crate) fn epoch(&self, tenant: &Tenant) -> Result<Epoch, StoreError> {
        let (shard, _) = self.shard(tenant)?;
        Ok(shard.lock().epoch.clone())
    }

    /// The tenant's state, and the time to the millisecond.
    fn shard(&self, tenant: &Tenant) -> Result<(&Arc<Shard>, DateTime<Utc>), StoreError> {
        let shard = self.tenants.get(tenant).ok_or_else(|| StoreError::UnknownTenant(tenant.clone()))?;
        let now = self.clock.now();
        let now = DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
        Ok((shard, now))
    }

    fn counted(&self, refused: StoreError) -> StoreError {
        match refused {
            StoreError::Corrupt { key } => self.metrics.corrupt(&key, "another sort of thing is there"),
            other => other,
        }
    }
}

/// A duration to the millisecond, as Redis has it.
fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 1_000))
}
