//! The logs of all tenants, as a service holds them.

use std::collections::HashMap;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use signal_protocol::{DeviceId, Tenant, UserId};
use store::{Store, StoreError};

use crate::bell::{self, Listener};
use crate::metrics::Metrics;
use crate::reading::{Reader, Reading};
use crate::waiters::{Waiters, Watch};

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
    /// `limit` events, at least one. Without a cursor: no events, and the cursor of now.
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
    ) -> Result<Reading, StoreError> {
        let reader = Reader::new(&self.0.store, &self.0.metrics, tenant, user);
        match after {
            Some(after) => reader.follow(after, device, limit.max(1)).await,
            None => reader.begin().await,
        }
    }

    /// Begins to wait for events of `user`. Call it before the log is read.
    #[must_use]
    pub fn watch(&self, tenant: &Tenant, user: &UserId) -> Watch {
        match self.0.waiters.get(tenant) {
            Some(waiters) => waiters.watch(user),
            // The store does not know the tenant either, and reading says so.
            None => Watch::without_bell(),
        }
    }
}
