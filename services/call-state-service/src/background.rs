//! What the service does by itself: deadlines, hooks, repairs. One of each for each tenant, in every replica.
//!
//! Replicas do not know of each other: who does what is settled in the store, by claims that run out.

mod census;
mod crew;
mod hooks;
mod metrics;
mod poller;
mod reaper;
mod stopping;

use std::sync::Arc;
use std::time::Duration;

use call_desk::Desk;
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;
use store::Store;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{error, warn};

use self::census::Census;
use self::hooks::Hooks;
pub(crate) use self::hooks::SigningKey;
pub use self::hooks::{HooksError, KeyFault};
use self::metrics::BackgroundMetrics;
use self::poller::Poller;
use self::reaper::Reaper;
use self::stopping::{Stopper, Stopping};
use crate::settings::{BackgroundSettings, HookSettings};

/// How long after a panic work is begun again.
const RESTART: Duration = Duration::from_secs(1);

/// How long the work may take to stop. What is not finished by then comes to another replica when its claim runs out.
const STOP: Duration = Duration::from_secs(6);

/// The work in the background. It ends, unfinished, when this is dropped.
#[must_use = "the work ends when this is dropped"]
#[derive(Debug)]
pub struct Background {
    tasks: JoinSet<()>,
    stopper: Stopper,
}

/// Begins with the work in the background. Must be called inside a Tokio runtime.
pub(crate) fn start(
    desk: &Desk,
    store: Store,
    settings: &BackgroundSettings,
    hooks: &HookSettings,
    registry: &mut Registry,
) -> Result<Background, HooksError> {
    let metrics = BackgroundMetrics::new(registry);
    let census = Arc::new(Census::new(store.tenants()));
    let poller = Poller {
        desk: desk.clone(),
        store: store.clone(),
        census: Arc::clone(&census),
        metrics: metrics.clone(),
        in_flight: settings.timers_in_flight,
    };
    let hooks = Hooks::new(store.clone(), hooks, census, metrics.clone())?;
    let tenants = store.tenants().to_vec();
    let reaper =
        Reaper { store, metrics, interval: settings.reaper_interval(), slice: settings.reaper_slice };
    let (stopper, stopping) = Stopper::new();
    let mut work = Work { tasks: JoinSet::new(), stopping };
    for tenant in &tenants {
        work.begin("timers", tenant, &poller, Poller::run);
        work.begin("hooks", tenant, &hooks, Hooks::run);
        work.begin("reaper", tenant, &reaper, Reaper::run);
    }
    Ok(Background { tasks: work.tasks, stopper })
}

impl Background {
    /// Takes on nothing more and finishes what was begun, in a few seconds. To be called when no more requests come.
    pub async fn stop(mut self) {
        self.stopper.stop();
        let finished = timeout(STOP, async { while self.tasks.join_next().await.is_some() {} }).await;
        if finished.is_err() {
            warn!("background.cut_off");
        }
    }
}

/// Work that was begun.
struct Work {
    tasks: JoinSet<()>,
    stopping: Stopping,
}

impl Work {
    fn begin<W, F>(
        &mut self,
        name: &'static str,
        tenant: &Tenant,
        worker: &W,
        run: fn(W, Tenant, Stopping) -> F,
    ) where
        W: Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (worker, tenant, stopping) = (worker.clone(), tenant.clone(), self.stopping.clone());
        self.tasks.spawn(async move {
            let start = || run(worker.clone(), tenant.clone(), stopping.clone());
            let tell = || error!(tenant.id = %tenant, work = name, "background.panicked");
            telemetry::after_panics(RESTART, start, tell).await;
        });
    }
}

#[cfg(test)]
mod tests;
