//! The logs of all tenants, as a service holds them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use signal_protocol::{DeviceId, Tenant, UserId};
use store::{Brought, Commit, Store, StoreError};
use uuid::Uuid;

use crate::bell::{self, Listener};
use crate::cursor::{Cursor, Mark};
use crate::entry::log_of;
use crate::metrics::Metrics;
use crate::reading::{BEHIND_EVERYTHING, Reader, Reading};
use crate::session;
use crate::waiters::{Waiters, Watch};

/// For how long a signal is kept that its device has acknowledged.
const CONSUMED_KEPT: Duration = Duration::from_mins(1);

/// Everybody's logs. Cheap to clone; clones are the same. It listens to the bells until the last clone is dropped.
#[derive(Clone)]
pub struct Mailbox(Arc<Logs>);

struct Logs {
    store: Store,
    waiters: HashMap<Tenant, Waiters>,
    metrics: Metrics,
    _listeners: Vec<Listener>,
}

impl Mailbox {
    /// The logs in `store`. Listens to the bell of each of its tenants from now on; must be called inside a Tokio runtime.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let metrics = Metrics::default();
        let waiters: HashMap<Tenant, Waiters> =
            store.tenants().iter().map(|tenant| (tenant.clone(), Waiters::new())).collect();
        let listen = |(tenant, waiters): (&Tenant, &Waiters)| {
            bell::listen(store.clone(), tenant.clone(), waiters.clone(), metrics.clone())
        };
        let listeners = waiters.iter().map(listen).collect();
        Self(Arc::new(Logs { store, waiters, metrics, _listeners: listeners }))
    }

    /// Adds what is counted here to `registry`.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.0.metrics.register(registry);
    }

    /// What `device` of `user` has to be told since the cursor `after`, which a client sent and may be anything: at most
    /// `limit` events, at least one. Without a cursor: no events, and the cursor of now. Where what a ring has
    /// [brought](Watch::brought) is all that came, the store is not asked.
    ///
    /// # Errors
    /// The store could not be read. A cursor that cannot be served is none: see [`Reading::recovered`].
    pub async fn read(
        &self,
        tenant: &Tenant,
        user: &UserId,
        device: &DeviceId,
        after: Option<&str>,
        limit: usize,
        brought: Option<&Brought>,
    ) -> Result<Reading, StoreError> {
        let reader = Reader::new(&self.0.store, &self.0.metrics, tenant, user);
        match after {
            Some(after) => reader.follow(after, device, limit.max(1), brought).await,
            None => reader.begin().await,
        }
    }

    /// Says in the log that a socket of `device` is open from now on, in this session. Sockets of the same device that are
    /// already open read it ([`Reading::sessions`]), on whichever replica they are. Clients are never shown it.
    ///
    /// # Errors
    /// The store did not take it.
    pub async fn open(
        &self,
        tenant: &Tenant,
        user: &UserId,
        device: &DeviceId,
        session: Uuid,
    ) -> Result<(), StoreError> {
        let writes = vec![session::append_opened(user, device, session)];
        // It expects nothing and is never too late, so it is either made or an error.
        self.0.store.commit(tenant, Commit { writes, ..Commit::default() }).await.map(drop)
    }

    /// `device` has everything before `cursor`, which a client sent and may be anything: signals that were for it alone are
    /// kept for another minute. Whether it is a cursor of this person; if not, nothing happens.
    ///
    /// # Errors
    /// The store could not be reached. To be told again does no harm.
    pub async fn acknowledge(
        &self,
        tenant: &Tenant,
        user: &UserId,
        device: &DeviceId,
        cursor: &str,
    ) -> Result<bool, StoreError> {
        let owner = Mark::of_owner(tenant, user);
        let Some(cursor) = Cursor::decode(cursor).filter(|cursor| cursor.is_of(owner)) else {
            return Ok(false);
        };
        // Before there was a log there was nothing to be told.
        if let Some((born, up_to)) = cursor.behind_what() {
            let (log, device, up_to) = (log_of(user), device.as_str(), up_to.min(BEHIND_EVERYTHING));
            self.0.store.consume(tenant, &log, device, born, up_to, CONSUMED_KEPT).await?;
        }
        Ok(true)
    }

    /// Begins to wait for events of `user`; with a `device`, also for newer sockets of it. Call it before the log is read.
    #[must_use]
    pub fn watch(&self, tenant: &Tenant, user: &UserId, device: Option<&DeviceId>) -> Watch {
        match self.0.waiters.get(tenant) {
            Some(waiters) => waiters.watch(user, device),
            // The store does not know the tenant either, and reading says so.
            None => Watch::without_bell(),
        }
    }
}
