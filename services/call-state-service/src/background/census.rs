//! How many timers there were when somebody looked last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use call_state_api::outbox::News;
use signal_protocol::Tenant;

/// With more timers than this, hooks that fail are dropped instead of kept: their records would fill the store, and then
/// calls would fail.
const CROWDED: u64 = 200_000;

/// The same for records. There are several of each call, and whoever they are for can be away for a day: what is left above
/// them is for the push service, so that the books of yesterday do not cost anybody the missed call of today.
const CROWDED_FOR_RECORDS: u64 = 150_000;

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

    /// Whether there is no room for the timer of such a hook.
    pub(super) fn is_crowded(&self, tenant: &Tenant, news: &News) -> bool {
        let bound = match news {
            News::Ring(_) => CROWDED,
            News::Record(_) => CROWDED_FOR_RECORDS,
        };
        self.0.get(tenant).is_some_and(|count| count.load(Ordering::Relaxed) > bound)
    }
}
