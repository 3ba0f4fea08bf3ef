//! The task that writes down who is there.

use std::sync::Arc;
use std::time::Duration;

use call_state_api::presence;
use clock::{DateTime, Utc};
use futures_util::future::join_all;
use signal_protocol::Tenant;
use store::{Commit, Committed, Read, Store, StoreError};
use tokio::time::{Instant, sleep_until};

use super::super::metrics::EventsMetrics;
use super::places::{News, Place, Places};

/// How often the leases of those who stay are renewed.
const EVERY: Duration = Duration::from_secs(4);
/// For how long a device is alive once it was written down: for two turns, and some time for one that is late.
///
/// Not for longer, because it is a part of how long a crash goes unnoticed, in which 45 s are promised. A socket in a call is
/// found dead after three pauses between pings, 15 s, and was perhaps renewed in that very moment; `ALIVE`, 9 s, its lease is
/// over; and `CALLS__LEASE_SECONDS`, 20 s, later its call. That is 44 s if nobody even says that it has gone; a second is left for a
/// replica of call-state-service that dies with the timer in its hand.
const ALIVE: Duration = Duration::from_secs(9);
/// How long apart those who come and go are written down at least. Alone nobody waits; of a crowd that comes back each commit has
/// several.
const NEWS_APART: Duration = Duration::from_millis(5);
/// The most devices of one commit: with more of them others would wait for the store too long.
const MOST_AT_ONCE: usize = 200;
/// How many commits are under way at once: many devices behind a slow store are still written down within a turn.
const COMMITS_AT_ONCE: usize = 4;
/// How long after a failure a turn goes on. It doubles with each further one.
const RETRY: Duration = Duration::from_millis(200);
/// How long at most: short beside a lease in a call, which runs out meanwhile.
const LONGEST_RETRY: Duration = Duration::from_secs(2);

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
        let mut turn = Turn::first();
        let mut next_news = Instant::now();
        loop {
            // One thing at a time and in order, so that a lease never comes after the word that its device has gone.
            tokio::select! {
                () = async {
                    self.places.changed().await;
                    sleep_until(next_news).await;
                } => {}
                () = sleep_until(turn.due) => {
                    turn.begin(&self.places);
                    let outcome = self.renew(&mut turn.left, &mut clock).await;
                    self.went(&mut turn, outcome);
                }
            }
            let is_closed = self.places.is_closed();
            let mut news = self.places.take_news();
            let outcome = self.write(&mut news, &mut clock).await;
            next_news = Instant::now() + NEWS_APART;
            if is_closed {
                return;
            }
            if outcome.is_err() {
                // Those who have come stay: a turn has them as well.
                self.went(&mut turn, outcome);
            }
        }
    }

    fn went(&self, turn: &mut Turn, outcome: Result<(), StoreError>) {
        match outcome {
            Ok(()) => turn.went_well(),
            Err(error) => {
                if turn.failures == 0 {
                    // Once, and not for each try.
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(tenant.id = %self.tenant, error, "presence.not_renewed");
                }
                turn.failed();
            }
        }
    }

    /// Renews the leases of these as far as they are still there, and leaves those with whom a failure came first.
    async fn renew(
        &self,
        left: &mut Vec<(Place, News)>,
        clock: &mut Option<Sighting>,
    ) -> Result<(), StoreError> {
        while !left.is_empty() && !self.places.is_closed() {
            let some = left.len().saturating_sub(MOST_AT_ONCE * COMMITS_AT_ONCE);
            // Who has gone since the turn began is not alive for longer because the turn is.
            let mut next = self.places.of_those_staying(left.split_off(some));
            let outcome = self.write(&mut next, clock).await;
            left.append(&mut next);
            outcome?;
        }
        Ok(())
    }

    /// Writes these down, up to the first failure; whatever was written is taken out.
    async fn write(
        &self,
        news: &mut Vec<(Place, News)>,
        clock: &mut Option<Sighting>,
    ) -> Result<(), StoreError> {
        while !news.is_empty() {
            let sighting = match *clock {
                Some(sighting) => sighting,
                None => {
                    self.look().await.inspect_err(|_| self.metrics.wrote_presence("failed", news.len()))?
                }
            };
            let first = news.len().saturating_sub(MOST_AT_ONCE * COMMITS_AT_ONCE);
            let some = news.split_off(first);
            let commits = some.chunks(MOST_AT_ONCE).map(|some| self.write_some(some, sighting));
            // Seen anew each time: another server may have taken over, with a clock of its own.
            *clock = None;
            let mut failure = None;
            for (outcome, some) in join_all(commits).await.into_iter().zip(some.chunks(MOST_AT_ONCE)) {
                match outcome {
                    Ok(seen) => {
                        *clock = seen.or(*clock);
                        self.metrics.wrote_presence("written", some.len());
                    }
                    Err(error) => {
                        self.metrics.wrote_presence("failed", some.len());
                        news.extend_from_slice(some);
                        failure = Some(error);
                    }
                }
            }
            if let Some(error) = failure {
                *clock = None;
                return Err(error);
            }
        }
        Ok(())
    }

    async fn look(&self) -> Result<Sighting, StoreError> {
        Ok(Sighting::of(self.store.read(&self.tenant, Read::new()).await?.now))
    }

    async fn write_some(
        &self,
        news: &[(Place, News)],
        sighting: Sighting,
    ) -> Result<Option<Sighting>, StoreError> {
        let seen_at = sighting.now();
        let until = seen_at + ALIVE;
        let writes = news.iter().map(|(place, news)| match news {
            News::Alive => presence::lease(place.user(), place.device(), until),
            News::Gone => presence::release(place.user(), place.device(), seen_at),
        });
        let commit = Commit { writes: writes.collect(), ..Commit::default() };
        Ok(match self.store.commit(&self.tenant, commit).await? {
            Committed::Applied { now, .. } | Committed::TooLate { now } => Some(Sighting::of(now)),
            // Nothing is expected of any record.
            Committed::Conflict { .. } => None,
        })
    }
}

/// A turn: everybody who stays is written down once.
struct Turn {
    /// When it begins, or goes on where it failed.
    due: Instant,
    began: Instant,
    /// Who is still to be written down.
    left: Vec<(Place, News)>,
    failures: u32,
}

impl Turn {
    fn first() -> Self {
        let now = Instant::now();
        Self { due: now + EVERY, began: now, left: Vec::new(), failures: 0 }
    }

    /// Begins anew, unless the last one is not through.
    fn begin(&mut self, places: &Places) {
        if self.left.is_empty() {
            self.began = Instant::now();
            self.left = places.staying();
        }
    }

    /// The next one begins in time, or at once where this one took too long.
    fn went_well(&mut self) {
        self.due = self.began + EVERY;
        self.failures = 0;
    }

    /// It goes on soon. What is due sooner stays so: news that fail again and again do not put it off.
    fn failed(&mut self) {
        let now = Instant::now();
        let next = now + RETRY.saturating_mul(1 << self.failures.min(16)).min(LONGEST_RETRY);
        self.due = if self.due > now { self.due.min(next) } else { next };
        self.failures = self.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use call_state_api::presence::presence_key;
    use call_state_service::CallsSettings;
    use clock::Clock;
    use signal_protocol::{DeviceId, UserId};

    use super::*;
    use crate::{EventsSettings, SignallingSettings};

    const ACME: &str = "acme";

    fn keeper(store: &Store, tenant: &str) -> Keeper {
        Keeper {
            store: store.clone(),
            tenant: Tenant::parse(tenant).expect("it is well formed"),
            places: Arc::default(),
            metrics: EventsMetrics::default(),
        }
    }

    fn store() -> Store {
        Store::memory(Clock::system(), &[Tenant::parse(ACME).expect("it is well formed")])
    }

    fn user(number: usize) -> UserId {
        UserId::parse(&format!("user-{number}")).expect("it is well formed")
    }

    fn place(number: usize) -> Place {
        Place::new(&user(number), &DeviceId::default())
    }

    async fn is_written(keeper: &Keeper, number: usize) -> bool {
        let key = presence_key(&user(number));
        let read = keeper.store.read(&keeper.tenant, Read::new().and(key.clone(), 0)).await;
        !read.expect("it is in memory").leases(&key).is_empty()
    }

    #[test]
    fn a_crash_is_noticed_within_45_seconds() {
        let (sockets, calls) = (SignallingSettings::default(), CallsSettings::default());
        let silence = sockets.ping_in_call_seconds * (sockets.missed_pings + 1);
        let hold_of_a_lost_timer = Duration::from_secs(1);
        let sum = Duration::from_secs((silence + calls.lease_seconds).into()) + ALIVE + hold_of_a_lost_timer;
        assert!(sum <= Duration::from_secs(45), "{sum:?}");
        let longest_poll = EventsSettings::default().wait_max();
        assert!(
            longest_poll <= Duration::from_secs(silence.into()),
            "a poll is as silent as a socket at most"
        );
        assert!(EVERY * 2 < ALIVE, "one turn may be late");
    }

    #[tokio::test]
    async fn more_than_fit_into_a_few_commits_are_all_written_down() {
        let keeper = keeper(&store(), ACME);
        let last = MOST_AT_ONCE * COMMITS_AT_ONCE + 1;
        let stays: Vec<_> = (0..=last).map(|number| keeper.places.enter(place(number))).collect();
        let mut turn = Turn::first();
        turn.begin(&keeper.places);
        assert_eq!(turn.left.len(), stays.len());
        keeper.renew(&mut turn.left, &mut None).await.expect("it is in memory");
        assert!(turn.left.is_empty() && is_written(&keeper, 0).await && is_written(&keeper, last).await);
    }

    #[tokio::test]
    async fn who_goes_while_others_are_written_down_is_not_renewed() {
        let keeper = keeper(&store(), ACME);
        let (goes, _stays) = (keeper.places.enter(place(0)), keeper.places.enter(place(1)));
        let mut turn = Turn::first();
        turn.begin(&keeper.places);
        drop(goes);
        keeper.renew(&mut turn.left, &mut None).await.expect("it is in memory");
        assert!(!is_written(&keeper, 0).await && is_written(&keeper, 1).await);
    }

    #[tokio::test]
    async fn a_turn_stops_at_the_first_failure_and_goes_on_soon_with_those_who_are_left() {
        let keeper = keeper(&store(), "nobody-knows-it");
        let stays: Vec<_> = (0..2_000).map(|number| keeper.places.enter(place(number))).collect();
        let mut turn = Turn::first();
        for pause in [RETRY, RETRY * 2, RETRY * 4, RETRY * 8, LONGEST_RETRY, LONGEST_RETRY] {
            turn.due = Instant::now();
            turn.begin(&keeper.places);
            let outcome = keeper.renew(&mut turn.left, &mut None).await;
            assert!(outcome.is_err());
            keeper.went(&mut turn, outcome);
            assert_eq!(turn.left.len(), stays.len(), "nobody is forgotten, and nobody there twice");
            assert!(turn.due <= Instant::now() + pause);
        }
        turn.went_well();
        assert!(turn.due <= turn.began + EVERY && turn.failures == 0);
    }

    #[test]
    fn news_that_fail_bring_a_turn_forward_and_never_put_it_off() {
        let mut turn = Turn::first();
        let due = turn.due;
        turn.failed();
        assert!(turn.due < due);
        let sooner = Instant::now() + Duration::from_millis(50);
        turn.due = sooner;
        turn.failed();
        assert_eq!(turn.due, sooner);
    }
}
