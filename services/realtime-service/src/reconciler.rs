//! LiveKit's own list is the truth about who is where: at start and ever again each live room is compared with it.
//!
//! It repairs what webhooks lost, doubled or misordered, sends out whoever must not be there, and tells calls who is in their
//! rooms. Every replica takes part. A room is one replica's at a time: whoever wants to compare it writes down, by a commit on
//! the condition that nobody else did, until when it is theirs. One that dies with a room in its hand costs seconds.
//!
//! Which rooms there are LiveKit says, and beside it the memory of this replica: a room of which it has heard and that is
//! listed no more is over. What no replica remembers is found by going through the records, at start and every few minutes.

mod live_rooms;
mod metrics;
mod sweep;
mod turn;
mod undone;
mod visit;

pub(crate) use live_rooms::LiveRooms;
pub(crate) use metrics::ReconcilerMetrics;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use signal_protocol::Tenant;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::call_watch::CallDesk;
use crate::moderation::Evictions;
use crate::occupancy::Occupancies;
use crate::sfu::Sfu;
use turn::Turns;

/// How long to wait after a panic before the work begins anew.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// How long what is under way may take to finish when the service ends.
const LAST_VISITS: Duration = Duration::from_secs(5);

/// By how much of the period turns are moved at random, so that replicas that were started together do not stay together.
const JITTER: f64 = 0.1;

/// What it works with.
#[derive(Clone)]
pub(crate) struct ReconcilerParts {
    pub(crate) store: Store,
    pub(crate) sfu: Sfu,
    pub(crate) occupancies: Occupancies,
    /// Rooms of which this replica has heard otherwise.
    pub(crate) live_rooms: LiveRooms,
    pub(crate) evictions: Evictions,
    /// Where there are calls.
    pub(crate) calls: Option<CallDesk>,
    pub(crate) metrics: ReconcilerMetrics,
    /// How often each room is compared.
    pub(crate) period: Duration,
    /// For how long a token of a join can be used to connect.
    pub(crate) token_life: Duration,
}

/// The work, of all tenants. It ends with it.
pub(crate) struct Reconciler {
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Reconciler {
    /// Begins the work. Must be called inside a Tokio runtime.
    pub(crate) fn start(parts: &ReconcilerParts) -> Self {
        let (stop, stopping) = watch::channel(false);
        let work = |tenant: &Tenant| {
            let (parts, tenant, stopping) = (parts.clone(), tenant.clone(), stopping.clone());
            tokio::spawn(async move {
                let tell = || tracing::error!(tenant.id = %tenant, "reconcile.panicked");
                let run = || run(Turns::new(parts.clone(), tenant.clone()), stopping.clone());
                telemetry::after_panics(AFTER_PANIC, run, tell).await;
            })
        };
        let tasks = Mutex::new(parts.store.tenants().iter().map(work).collect());
        Self { stop, tasks }
    }

    /// Begins with no more rooms, and waits for those under way, for a while. What is not finished then is another replica's.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout(LAST_VISITS, futures_util::future::join_all(tasks)).await.is_err() {
            tracing::warn!("reconcile.cut_off");
        }
    }
}

/// One turn at once, and then one in each period, however long they take.
async fn run(mut turns: Turns, mut stopping: watch::Receiver<bool>) {
    loop {
        let begun = Instant::now();
        turns.take(&stopping).await;
        let pause = turns.period().mul_f64(rand::random_range(1.0 - JITTER..1.0 + JITTER));
        let rest = pause.saturating_sub(begun.elapsed());
        // Nobody left to say so means the same.
        if timeout(rest, stopping.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}
