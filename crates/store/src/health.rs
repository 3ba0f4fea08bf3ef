//! Whether the store serves, as seen by those who use it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clock::{Clock, DateTime, Utc};
use signal_protocol::Tenant;

use crate::StoreError;

/// Whether the store serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// When every tenant was last seen to be served, by this machine's clock; none if some never was.
    pub last_good: Option<DateTime<Utc>>,
    /// Why some tenant is not served now; for operators.
    pub fault: Option<String>,
}

/// What the last command of each tenant said.
pub(crate) struct Watch {
    tenants: Mutex<BTreeMap<Tenant, Seen>>,
    clock: Clock,
}

#[derive(Default)]
struct Seen {
    last_good: Option<DateTime<Utc>>,
    fault: Option<String>,
}

impl Watch {
    pub(crate) fn new(tenants: &[Tenant], clock: Clock) -> Self {
        let unseen = || Seen { last_good: None, fault: Some("not reached yet".to_owned()) };
        let tenants = tenants.iter().map(|tenant| (tenant.clone(), unseen())).collect();
        Self { tenants: Mutex::new(tenants), clock }
    }

    /// Takes note of how a command that changes something, or might have, ended. A read says nothing of whether the server
    /// takes changes.
    pub(crate) fn saw<T>(&self, tenant: &Tenant, result: &Result<T, StoreError>) {
        let now = self.clock.now();
        let mut tenants = self.lock();
        let Some(seen) = tenants.get_mut(tenant) else { return };
        match result {
            // The server did what it could: these are about one record.
            Ok(_)
            | Err(StoreError::Corrupt { .. } | StoreError::TooManyRecords | StoreError::UnknownTenant(_)) => {
                *seen = Seen { last_good: Some(now), fault: None };
            }
            Err(
                error @ (StoreError::Unavailable { .. }
                | StoreError::Ambiguous { .. }
                | StoreError::Moving
                | StoreError::Full { .. }),
            ) => seen.fault = Some(error.to_string()),
        }
    }

    pub(crate) fn health(&self) -> Health {
        let tenants = self.lock();
        let fault = tenants
            .iter()
            .find_map(|(tenant, seen)| seen.fault.as_ref().map(|fault| format!("{tenant}: {fault}")));
        // `None` is less than any instant.
        let last_good = tenants.values().map(|seen| seen.last_good).min().flatten();
        Health { last_good, fault }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Tenant, Seen>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
