//! Which devices are there, written down where the rules of calls look for it: a lease for each, renewed for as long as it
//! has a socket or a poll here.
//!
//! Sockets and polls only say so; one keeper a tenant writes for all of them, many in one commit, so that what it costs does
//! not grow with each of them and no answer waits for it. A failure is no reason to end anything: a moment later it is tried
//! again, and the rules wait longer for a device than it takes to come back.

mod keeper;
mod places;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use signal_protocol::{DeviceId, Tenant, UserId};
use store::Store;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::metrics::EventsMetrics;
use keeper::Keeper;
pub(crate) use places::Stay;
use places::{Place, Places};

/// The pause after a panic, which the next start would probably meet again.
const AFTER_PANIC: Duration = Duration::from_secs(1);
/// How long the last words may take when the service ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Everybody who is there.
pub(crate) struct Presence {
    tenants: HashMap<Tenant, Arc<Places>>,
    keepers: Mutex<Vec<JoinHandle<()>>>,
}

impl Presence {
    /// Begins to write into `store`. Must be called inside a Tokio runtime.
    pub(crate) fn start(store: &Store, metrics: &EventsMetrics) -> Self {
        let tenants: HashMap<Tenant, Arc<Places>> =
            store.tenants().iter().map(|tenant| (tenant.clone(), Arc::default())).collect();
        let keep = |(tenant, places): (&Tenant, &Arc<Places>)| {
            let keeper = Keeper {
                store: store.clone(),
                tenant: tenant.clone(),
                places: Arc::clone(places),
                metrics: metrics.clone(),
            };
            tokio::spawn(async move {
                let tell = || tracing::error!(tenant.id = %keeper.tenant, "presence.keeper_panicked");
                telemetry::after_panics(AFTER_PANIC, || keeper.clone().run(), tell).await;
            })
        };
        let keepers = Mutex::new(tenants.iter().map(keep).collect());
        Self { tenants, keepers }
    }

    /// The device is there until what is given back is dropped, and a while longer. None for a tenant that the store does
    /// not know, which whoever reads from it hears as well.
    pub(crate) fn stay(&self, tenant: &Tenant, user: &UserId, device: &DeviceId) -> Option<Stay> {
        Some(self.tenants.get(tenant)?.enter(Place::new(user, device)))
    }

    /// Writes down who left last, and ends.
    pub(crate) async fn stop(&self) {
        for places in self.tenants.values() {
            places.close();
        }
        let keepers = std::mem::take(&mut *self.keepers.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout(LAST_WORDS, futures_util::future::join_all(keepers)).await.is_err() {
            tracing::debug!("presence.cut_off");
        }
    }
}
