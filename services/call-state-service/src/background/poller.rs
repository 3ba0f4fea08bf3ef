//! Deadlines: what is due is claimed, for a second, and worked on.
//!
//! Nothing is ever popped: whoever dies at it loses its claim, and another replica claims the same again. That a claim is
//! worked on twice is harmless, because a call is only ever changed by a commit that rests on what was read. Nor does
//! anything wait for this: whatever reads a call past its deadline expires it first.

mod due;

use std::sync::Arc;
use std::time::Duration;

use call_desk::Desk;
use signal_protocol::Tenant;
use store::{Claimed, Store};
use tokio::time::Instant;

use super::census::Census;
use super::crew::Crew;
use super::metrics::BackgroundMetrics;
use super::stopping::Stopping;

/// How many timers are claimed in one turn.
const MOST_CLAIMED: usize = 100;

/// How long a claim holds.
const HOLD: Duration = Duration::from_secs(1);

/// The longest pause: somebody may set a timer that is due sooner than the next one known.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How often timers are counted.
const COUNTED_EVERY: Duration = Duration::from_secs(1);

/// What works on deadlines.
#[derive(Clone)]
pub(super) struct Poller {
    pub(super) desk: Desk,
    pub(super) store: Store,
    pub(super) census: Arc<Census>,
    pub(super) metrics: BackgroundMetrics,
    pub(super) in_flight: usize,
}

impl Poller {
    /// Works on the deadlines of `tenant` until it is to stop, and finishes what was begun.
    pub(super) async fn run(self, tenant: Tenant, mut stopping: Stopping) {
        let mut crew = Crew::new(self.in_flight);
        let mut counted = None::<Instant>;
        while !stopping.is_asked() {
            let room = crew.room().await.min(MOST_CLAIMED);
            let pause = match self.store.claim_due(&tenant, room, HOLD).await {
                Ok(claimed) => self.begin(&tenant, claimed, room, &mut crew),
                // The store's readiness tells of it.
                Err(_) => LONGEST_PAUSE,
            };
            if counted.is_none_or(|at| at.elapsed() >= COUNTED_EVERY) {
                self.count(&tenant).await;
                counted = Some(Instant::now());
            }
            stopping.pause(pause).await;
        }
        crew.finish().await;
    }

    /// Begins with what was claimed, and says how long there will be nothing else.
    fn begin(&self, tenant: &Tenant, claimed: Claimed, room: usize, crew: &mut Crew) -> Duration {
        let Claimed { now, due, next } = claimed;
        let is_more = due.len() >= room;
        for due in due {
            crew.begin(self.clone().work_on(tenant.clone(), due, now));
        }
        match next {
            _ if is_more => Duration::ZERO,
            Some(next) => (next - now).to_std().unwrap_or_default().min(LONGEST_PAUSE),
            None => LONGEST_PAUSE,
        }
    }

    async fn count(&self, tenant: &Tenant) {
        if let Ok(count) = self.store.timers(tenant).await {
            self.census.counted(tenant, count.total);
            self.metrics.timers_counted(tenant, count);
        }
    }
}
