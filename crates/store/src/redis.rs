//! A store on Redis 7.
//!
//! Every verb is one script, called on the server that has the tenant's records. The scripts compare versions and write; what
//! is to be written was decided before.

mod answer;
mod bell;
mod commit;
mod epoch;
mod exchange;
mod failure;
pub(crate) mod link;
mod log;
mod names;
mod probe;
mod queue;
mod read;
mod scan;
mod script;
mod timers;

use std::sync::Arc;
use std::time::Duration;

use signal_protocol::Tenant;

pub(crate) use bell::Bell;
use link::Links;

use crate::health::Watch;
use crate::metrics::Metrics;
use crate::{StartError, StoreSettings};

/// The records of all tenants on one server, the primary behind Sentinels, or a cluster.
pub(crate) struct Redis {
    links: Links,
    timeout: Duration,
    durability: Option<Durability>,
    metrics: Arc<Metrics>,
    bells: bell::Bells,
}

/// What a durable commit waits for.
struct Durability {
    replicas: u32,
    timeout: Duration,
}

impl Redis {
    /// Inside Tokio; connects in the background.
    pub(crate) fn start(
        settings: &StoreSettings,
        tenants: &[Tenant],
        metrics: Arc<Metrics>,
        watch: &Arc<Watch>,
    ) -> Result<Arc<Self>, StartError> {
        let millis = |millis: u32| Duration::from_millis(millis.into());
        let durability = (settings.wait_replicas > 0).then(|| Durability {
            replicas: settings.wait_replicas,
            timeout: millis(settings.wait_timeout_ms),
        });
        let links = Links::new(settings, tenants, epoch::on_new_connection())?;
        let (timeout, bells) = (millis(settings.timeout_ms), bell::Bells::default());
        let redis = Arc::new(Self { links, timeout, durability, metrics, bells });
        for tenant in tenants {
            tokio::spawn(probe::run(Arc::downgrade(&redis), tenant.clone(), Arc::clone(watch)));
        }
        Ok(redis)
    }
}
