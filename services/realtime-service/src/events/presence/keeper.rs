//! The task that writes down who is there.

use std::sync::Arc;
use std::time::Duration;

use call_state_api::presence;
use clock::{DateTime, Utc};
use signal_protocol::Tenant;
use store::{Commit, Committed, Read, Store, StoreError};
use tokio::time::{Instant, sleep_until};

use super::super::metrics::EventsMetrics;
use super::places::{News, Place, Places};

/// How often the leases of those who stay are renewed.
const EVERY: Duration = Duration::from_secs(5);
/// For how long a device is alive once it was written down: for two turns, and some time for one that is late.
const ALIVE: clock::Duration = clock::Duration::seconds(12);
/// The most devices of one commit: with more of them others would wait for the store too long.
const MOST_AT_ONCE: usize = 200;

/// Writes for one tenant.
#[derive(Clone)]
pub(super) struct Keeper {
    pub(super) store: Store,
    pub(super) tenant: Tenant,
    pub(super) places: Arc<Places>,
    pub(super) metrics: EventsMetrics,
}

/// What the store's clock showed, and when.
#[derive(Clone, Copy)]
struct Sighting {
    shown: DateTime<Utc>,
    at: Instant,
}

impl Sighting {
    fn of(shown: DateTime<Utc>) -> Self {
        Self { shown, at: Instant::now() }
    }

    fn now(self) -> DateTime<Utc> {
        self.shown + self.at.elapsed()
    }
}

impl Keeper {
    /// Runs until the places are closed.
    pub(super) async fn run(self) {
        let mut clock = None;
        let mut next_turn = Instant::now() + EVERY;
        loop {
            // One turn at a time and in order, so that a lease never comes after the word that its device has gone.
            tokio::select! {
                () = self.places.changed() => {}
                () = sleep_until(next_turn) => {
                    next_turn = Instant::now() + EVERY;
                    self.write(&self.places.staying(), &mut clock).await;
                }
            }
            let is_closed = self.places.is_closed();
            self.write(&self.places.take_news(), &mut clock).await;
            if is_closed {
                return;
            }
        }
    }

    async fn write(&self, news: &[(Place, News)], clock: &mut Option<Sighting>) {
        for some in news.chunks(MOST_AT_ONCE) {
            let outcome = match self.write_some(some, clock).await {
                Ok(()) => "written",
                Err(error) => {
                    // Which the store itself tells of, once and not for each of them.
                    tracing::debug!(error = &error as &dyn std::error::Error, "presence.not_renewed");
                    "failed"
                }
            };
            self.metrics.wrote_presence(outcome, some.len());
        }
    }

    async fn write_some(
        &self,
        news: &[(Place, News)],
        clock: &mut Option<Sighting>,
    ) -> Result<(), StoreError> {
        let sighting = match *clock {
            Some(sighting) => sighting,
            None => Sighting::of(self.store.read(&self.tenant, Read::new()).await?.now),
        };
        let seen_at = sighting.now();
        let until = seen_at + ALIVE;
        let writes = news.iter().map(|(place, news)| match news {
            News::Alive => presence::lease(place.user(), place.device(), until),
            News::Gone => presence::release(place.user(), place.device(), seen_at),
        });
        let commit = Commit { writes: writes.collect(), ..Commit::default() };
        // Seen anew with each commit: another server may have taken over, with a clock of its own.
        *clock = None;
        match self.store.commit(&self.tenant, commit).await? {
            Committed::Applied { now, .. } | Committed::TooLate { now } => *clock = Some(Sighting::of(now)),
            // Nothing is expected of any record.
            Committed::Conflict { .. } => {}
        }
        Ok(())
    }
}
