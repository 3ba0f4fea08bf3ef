//! What calls ask to be done in LiveKit: the lane `outbox:sfu`, in which call-state-service leaves it with the change that
//! it follows from.
//!
//! `close` deletes the room of a call that is over; `check` asks who is in the room and reports it, because a call is never
//! ended for people who seem gone before LiveKit was asked. Each effect is carried out at least once, by any replica: both
//! may be done twice. What fails is put off, by one commit, and brought back by call-state-service's timers.

mod effect;
mod worker;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use signal_protocol::Tenant;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use super::Sfu;
use crate::call_watch::CallDesk;
use crate::metrics::ServiceMetrics;
use worker::Worker;

/// How long to wait after a panic before the work begins anew.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// How long what is under way may take to finish when the service ends: longer than one effect takes as a rule.
const LAST_EFFECTS: Duration = Duration::from_secs(5);

/// What the lane works with.
#[derive(Clone)]
pub(crate) struct LaneParts {
    pub(crate) store: Store,
    pub(crate) sfu: Sfu,
    /// Tells calls who is in their rooms.
    pub(crate) calls: CallDesk,
    pub(crate) metrics: ServiceMetrics,
}

/// The work on the lane, of all tenants. It ends with it.
pub(crate) struct SfuLane {
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl SfuLane {
    /// Begins the work. Must be called inside a Tokio runtime.
    pub(crate) fn start(parts: &LaneParts) -> Self {
        let (stop, stopping) = watch::channel(false);
        let consumer = Uuid::new_v4().to_string();
        let work = |tenant: &Tenant| {
            let worker = Worker::new(parts.clone(), tenant.clone(), consumer.clone());
            let stopping = stopping.clone();
            tokio::spawn(async move {
                let tell = || tracing::error!(tenant.id = %worker.tenant(), "sfu.lane_panicked");
                telemetry::after_panics(AFTER_PANIC, || worker.clone().run(stopping.clone()), tell).await;
            })
        };
        let tasks = Mutex::new(parts.store.tenants().iter().map(work).collect());
        Self { stop, tasks }
    }

    /// Takes nothing more, and waits for what is under way, for a while. What is not finished then is another replica's.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let finished = timeout(LAST_EFFECTS, futures_util::future::join_all(tasks)).await;
        if finished.is_err() {
            tracing::warn!("sfu.lane_cut_off");
        }
    }
}
