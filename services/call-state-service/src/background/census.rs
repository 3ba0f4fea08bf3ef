//! How many timers there were when somebody looked last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use signal_protocol::Tenant;

/// With more timers than this, hooks that fail are dropped instead of kept: their records would fill the store, and then
/// calls would fail.
const CROWDED: u64 = 200_000;

/// The numbers of timers, by tenant.
#[derive(Debug)]
pub(super) struct Census(BTreeMap<Tenant, AtomicU64>);

impl Census {
    pub(super) fn new(tenants: &[Tenant]) -> Self {
        Self(tenants.iter().map(|tenant| (tenant.clone(), AtomicU64::new(0))).collect())
    }

    pub(super) fn counted(&self, tenant: &Tenant, total: u64) {
        if let Some(count) = self.0.get(tenant) {
            count.store(total, Ordering::Relaxed);
        }
    }

    /// Whether there is no room for timers that are not needed.
    pub(super) fn is_crowded(&self, tenant: &Tenant) -> bool {
        self.0.get(tenant).is_some_and(|count| count.load(Ordering::Relaxed) > CROWDED)
    }
}
