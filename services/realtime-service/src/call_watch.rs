//! Calls on LiveKit, as seen from LiveKit: whoever learns that something changed in the room of a call has it looked at, and
//! whoever moderates has a call ended, or somebody taken out of it.
//!
//! A look asks LiveKit who is in the room and reports it to call-state-service, which decides; what it answers is done in the
//! room. Nothing is ended here, and a look that fails is no loss: the reconciler looks at every room again, and a call asks
//! for it by itself before it ends.

mod desk;
mod metrics;
mod pending;

pub(crate) use desk::{CallActFailure, CallDesk, CallDeskParts, LookFailure, Seen};
pub(crate) use metrics::CallWatchMetrics;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use signal_protocol::{CallId, EndReason, Tenant, UserId};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{Instrument as _, info_span};

use pending::Pending;

/// How many calls are looked at at a time.
const AT_ONCE: usize = 8;

/// How many calls may wait to be looked at. Beyond, the reconciler finds what changed.
const MOST_PENDING: usize = 10_000;

/// How often LiveKit is asked until it lists nobody any more in a room that was deleted, and how long between.
const LAST_LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// How long to wait after a panic before the work begins anew.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// How long what is under way may take to finish when the service ends.
const LAST_WORK: Duration = Duration::from_secs(3);

/// What is known to have changed in the room of a call. What says more is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// Somebody came or went, or the room began or is over.
    Changed,
    /// The room was deleted with people in it (a leave with `ROOM_DELETED`). It may have been us, because the call ended.
    Deleted,
}

/// Looks after calls on LiveKit. Cheap to clone; clones share the work.
#[derive(Clone)]
pub(crate) struct CallWatch {
    desk: CallDesk,
    pending: Arc<Pending>,
    work: Arc<Work>,
}

struct Work {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl CallWatch {
    /// Begins the work. Must be called inside a Tokio runtime.
    pub(crate) fn start(desk: CallDesk) -> Self {
        let pending = Arc::new(Pending::new(MOST_PENDING));
        let (stop, stopping) = watch::channel(false);
        let worker = Worker { desk: desk.clone(), pending: Arc::clone(&pending) };
        let task = tokio::spawn(async move {
            let tell = || tracing::error!("call_watch.panicked");
            telemetry::after_panics(AFTER_PANIC, || worker.clone().run(stopping.clone()), tell).await;
        });
        Self { desk, pending, work: Arc::new(Work { stop, task: Mutex::new(Some(task)) }) }
    }

    /// Something changed in the room of the call: LiveKit is asked who is there, soon, and the call is told. Returns at once;
    /// many at once for one call are one look.
    pub(crate) fn changed(&self, tenant: &Tenant, call: CallId, why: Why) {
        if !self.pending.add((tenant.clone(), call), why) {
            self.desk.metrics().looked("overflowed");
        }
    }

    /// Ends the call. One that is over already stays as it is.
    pub(crate) async fn end(
        &self,
        tenant: &Tenant,
        call: CallId,
        reason: EndReason,
    ) -> Result<(), CallActFailure> {
        self.desk.end(tenant, call, reason).await
    }

    /// Takes a person out of the call; that they leave its room is for the caller to see to.
    pub(crate) async fn remove(
        &self,
        tenant: &Tenant,
        call: CallId,
        user: &UserId,
    ) -> Result<(), CallActFailure> {
        self.desk.remove(tenant, call, user).await
    }

    /// What looks are made with.
    pub(crate) const fn desk(&self) -> &CallDesk {
        &self.desk
    }

    /// Looks at nothing more, and waits for what is under way, for a while.
    pub(crate) async fn stop(&self) {
        self.work.stop.send_replace(true);
        let task = self.work.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && timeout(LAST_WORK, task).await.is_err()
        {
            tracing::warn!("call_watch.cut_off");
        }
    }
}

#[derive(Clone)]
struct Worker {
    desk: CallDesk,
    pending: Arc<Pending>,
}

impl Worker {
    async fn run(self, mut stopping: watch::Receiver<bool>) {
        // Whatever a panic has left half done is to be done again when it changes next, and not never.
        self.pending.forget_running();
        let mut looks = JoinSet::new();
        loop {
            while looks.len() < AT_ONCE
                && let Some((key, why)) = self.pending.take()
            {
                let worker = self.clone();
                looks.spawn(async move {
                    worker.look(&key.0, key.1, why).await;
                    worker.pending.done(&key);
                });
            }
            tokio::select! {
                // Nobody left to say so means the same.
                _ = stopping.wait_for(|stop| *stop) => break,
                Some(looked) = looks.join_next() => {
                    if looked.is_err_and(|ended| ended.is_panic()) {
                        tracing::error!("call_watch.panicked");
                        self.pending.forget_running();
                    }
                }
                () = self.pending.wait(), if looks.len() < AT_ONCE => {}
            }
        }
        while looks.join_next().await.is_some() {}
    }

    async fn look(&self, tenant: &Tenant, call: CallId, why: Why) {
        let span = info_span!(
            parent: None,
            "call.look",
            otel.name = "realtime-service.call.look",
            tenant.id = %tenant,
            call.id = %call,
        );
        let looked = async {
            match why {
                Why::Changed => self.desk.look(tenant, call).await,
                Why::Deleted => self.look_at_deleted(tenant, call).await,
            }
        };
        let outcome = match looked.instrument(span).await {
            Ok(()) => "done",
            Err(failure) => {
                let error: &(dyn Error + 'static) = &failure;
                tracing::warn!(tenant.id = %tenant, call.id = %call, code = failure.code(), error, "call.look_failed");
                failure.code()
            }
        };
        self.desk.metrics().looked(outcome);
    }

    /// LiveKit may list those whom it sends out for a moment. Whoever is there after that is in the next room of this name.
    async fn look_at_deleted(&self, tenant: &Tenant, call: CallId) -> Result<(), LookFailure> {
        for _ in 1..LAST_LOOKS {
            let seen = self.desk.ask(tenant, call).await?;
            if seen.people.is_empty() {
                return self.desk.report(tenant, call, &seen, true).await;
            }
            sleep(BETWEEN_LOOKS).await;
        }
        self.desk.look(tenant, call).await
    }
}
