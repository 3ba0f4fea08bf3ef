//! The tasks that follow the logs of all tenants.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clock::{DateTime, Utc};
use identity::{Revocations, Verifier};
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;
use store::{Ring, Store};
use telemetry::after_panics;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::entry::log;
use crate::metrics::Metrics;
use crate::tail::Tail;

/// How often the log is looked at though no bell has rung: a part of the five seconds within which the end of a login is
/// known everywhere.
const LOOK_ANYWAY: Duration = Duration::from_secs(3);
/// The same where no bell is heard.
const LOOK: Duration = Duration::from_secs(2);
/// How long after a failure it is tried again, which is all that is left while the bell is silent as well.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// The pause after a panic, which the next start would probably meet again.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// How a follower comes to know that there is something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// The tenant's bell: at once. Every word of it wakes the process, whatever it is about.
    Bell,
    /// The clock: within two seconds. Enough for a service that is only asked by one that hears the bell.
    Clock,
}

impl Prompt {
    const fn pause(self) -> Duration {
        match self {
            Self::Bell => LOOK_ANYWAY,
            Self::Clock => LOOK,
        }
    }
}

/// Follows the logs until the last clone is dropped.
#[derive(Clone)]
pub struct Follower(Arc<Shared>);

struct Shared {
    seen: watch::Receiver<Vec<(Tenant, Seen)>>,
    tasks: Vec<JoinHandle<()>>,
}

/// How it went with one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    last_good: Option<DateTime<Utc>>,
    /// Of the last reading; none where there was none yet, or it went well.
    fault: Option<&'static str>,
}

/// How the following goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    /// When every log that could be read at all was last read, by the store's clock.
    pub last_good: Option<DateTime<Utc>>,
    /// Why tokens should not be judged yet: some log was not tried, or none could ever be read. Once that is over it never
    /// comes back: what is known stays in force.
    pub fault: Option<&'static str>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Follower {
    /// Tells `verifier` what stands in the logs of `store`, and whatever comes. Must be called inside a Tokio runtime.
    #[must_use]
    pub fn start(store: &Store, verifier: &Verifier, prompt: Prompt, registry: &mut Registry) -> Self {
        let metrics = Metrics::default();
        metrics.register(registry);
        let nothing = store.tenants().iter().map(|tenant| (tenant.clone(), Seen::default())).collect();
        let (tell, seen) = watch::channel(nothing);
        let tell = Arc::new(tell);
        let follow = |tenant: &Tenant| {
            let rung = Arc::new(Notify::new());
            let of_tenant = OfTenant {
                store: store.clone(),
                tenant: tenant.clone(),
                revocations: verifier.revocations().clone(),
                metrics: metrics.clone(),
                prompt,
                rung,
                tell: Arc::clone(&tell),
                is_deaf: Arc::default(),
            };
            let listener = match prompt {
                Prompt::Bell => Some(of_tenant.clone()),
                Prompt::Clock => None,
            };
            let listening = listener.map(|of_tenant| spawn(tenant, move || of_tenant.clone().listen()));
            [Some(spawn(tenant, move || of_tenant.clone().follow())), listening]
        };
        let tasks = store.tenants().iter().flat_map(follow).flatten().collect();
        Self(Arc::new(Shared { seen, tasks }))
    }

    /// How it goes.
    #[must_use]
    pub fn following(&self) -> Following {
        let seen = self.0.seen.borrow();
        let is_untried = |seen: &Seen| seen.last_good.is_none() && seen.fault.is_none();
        let last_good = seen.iter().filter_map(|(_, seen)| seen.last_good).min();
        let fault = if seen.iter().any(|(_, seen)| is_untried(seen)) {
            Some("not read yet")
        } else if last_good.is_none() && !seen.is_empty() {
            // One tenant's store alone must not take the service from the others.
            Some("the log of ended logins could never be read")
        } else {
            None
        };
        Following { last_good, fault }
    }

    /// Completes once the log of every tenant has been read.
    pub async fn loaded(&self) {
        let mut seen = self.0.seen.clone();
        let is_loaded = |seen: &Vec<(Tenant, Seen)>| seen.iter().all(|(_, seen)| seen.last_good.is_some());
        // It fails only when the tasks are gone, and they are not while this is here.
        let _ = seen.wait_for(is_loaded).await;
    }
}

fn spawn<F>(tenant: &Tenant, start: impl Fn() -> F + Send + Sync + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let tenant = tenant.clone();
    tokio::spawn(async move {
        let tell = || error!(tenant.id = %tenant, "revocation.follower_ended");
        after_panics(AFTER_PANIC, start, tell).await;
    })
}

/// What the tasks of a tenant share.
#[derive(Clone)]
struct OfTenant {
    store: Store,
    tenant: Tenant,
    revocations: Revocations,
    metrics: Metrics,
    prompt: Prompt,
    rung: Arc<Notify>,
    tell: Arc<watch::Sender<Vec<(Tenant, Seen)>>>,
    is_deaf: Arc<Mutex<bool>>,
}

impl OfTenant {
    /// Hears the bell. A task of its own: whoever stops listening half way would have to connect anew.
    async fn listen(self) {
        let mut bell = self.store.bell(&self.tenant);
        let ours = log();
        loop {
            match bell.next().await {
                Ring::Words(words) if words.iter().all(|heard| heard.word != ours.as_str()) => {}
                Ring::Words(_) | Ring::Missed => self.rung.notify_one(),
            }
        }
    }

    async fn follow(self) {
        let (store, tenant) = (self.store.clone(), self.tenant.clone());
        let mut tail = Tail::new(store, tenant, self.revocations.clone(), self.metrics.clone());
        loop {
            let pause = match tail.catch_up().await {
                Ok(now) => {
                    self.saw(Seen { last_good: Some(now), fault: None });
                    if self.turns_deaf(false) {
                        info!(tenant.id = %self.tenant, "revocation.back");
                    }
                    self.prompt.pause()
                }
                Err(failure) => {
                    self.metrics.failed();
                    let last_good = self.last_good();
                    self.saw(Seen { last_good, fault: Some("the log of ended logins cannot be read") });
                    if self.turns_deaf(true) {
                        let error = &failure as &dyn Error;
                        warn!(tenant.id = %self.tenant, error, "revocation.deaf");
                    }
                    TRY_AGAIN
                }
            };
            // Nobody rang, or nobody could, or nobody listens.
            let _ = timeout(pause, self.rung.notified()).await;
        }
    }

    fn last_good(&self) -> Option<DateTime<Utc>> {
        let seen = self.tell.borrow();
        seen.iter().find(|(tenant, _)| *tenant == self.tenant).and_then(|(_, seen)| seen.last_good)
    }

    fn saw(&self, new: Seen) {
        self.tell.send_modify(|seen| {
            if let Some((_, seen)) = seen.iter_mut().find(|(tenant, _)| *tenant == self.tenant) {
                *seen = new;
            }
        });
    }

    /// Whether that is news. Kept here and not by the task, which a panic may end.
    fn turns_deaf(&self, is_deaf: bool) -> bool {
        let mut was_deaf = self.is_deaf.lock().unwrap_or_else(PoisonError::into_inner);
        if *was_deaf == is_deaf {
            return false;
        }
        *was_deaf = is_deaf;
        self.metrics.deaf(is_deaf);
        true
    }
}
