//! How a poll comes to its answer.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use call_state_api::{Relay, SnapshotAnswer};
use clock::Clock;
use http_server::{Problem, Refusal};
use identity::Caller;
use mailbox::{Mailbox, Reading, Watch};
use prometheus_client::registry::Registry;
use signal_protocol::{DeviceId, ErrorCode, EventsAnswer};
use store::StoreError;
use tokio::time::{Instant, sleep_until};

use super::errands::Errands;
use super::metrics::{EventsMetrics, PollOutcome};
use super::open_polls::OpenPolls;
use super::rings;
use crate::EventsSettings;
use crate::calls::{CallState, CallStateRefused};

/// For how long a poll is held open though its token expires: a client whose clock is slow would otherwise ask again and
/// again for as long as its token is still taken.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// What polls need.
pub(crate) struct EventsDesk {
    mailbox: Mailbox,
    calls: CallState,
    errands: Errands,
    polls: OpenPolls,
    clock: Clock,
    settings: EventsSettings,
    metrics: EventsMetrics,
}

/// Who polls.
pub(crate) struct Listener {
    pub(crate) caller: Arc<Caller>,
    pub(crate) device: DeviceId,
}

/// Why a poll is not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PollRefused {
    #[error("the log cannot be read")]
    Store(#[from] StoreError),
    #[error("the state of calls cannot be read")]
    Calls(#[from] CallStateRefused),
    #[error("the poll was not answered long after it should have been")]
    Overdue,
}

impl Refusal for PollRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Store(failure) => {
                let problem = Problem::new(ErrorCode::StoreUnavailable);
                match failure.retry_after() {
                    Some(after) => problem.retry_after(u32::try_from(after.as_secs()).unwrap_or(u32::MAX)),
                    None => problem,
                }
            }
            Self::Calls(refused) => refused.problem(),
            Self::Overdue => Problem::new(ErrorCode::Internal),
        }
    }
}

impl EventsDesk {
    /// Reads from `mailbox`, within the bounds of `settings`. Must be called inside a Tokio runtime.
    pub(crate) fn new(
        mailbox: Mailbox,
        calls: CallState,
        clock: Clock,
        settings: &EventsSettings,
        registry: &mut Registry,
    ) -> Self {
        let metrics = EventsMetrics::register(registry);
        mailbox.register_metrics(registry);
        Self {
            mailbox,
            errands: Errands::new(calls.clone(), metrics.clone()),
            calls,
            polls: OpenPolls::new(settings, metrics.open.clone()),
            clock,
            settings: *settings,
            metrics,
        }
    }

    /// The state of things, and from where to go on.
    pub(crate) async fn begin(&self, listener: &Listener) -> Result<EventsAnswer, PollRefused> {
        self.errands.is_present(&listener.caller, &listener.device, Duration::ZERO);
        // Before the snapshot: what happens between the two is told twice, and not never.
        let reading = self.read(listener, None).await?;
        let snapshot = self.snapshot(listener).await?;
        self.metrics.answered(PollOutcome::Snapshot, 0);
        Ok(EventsAnswer {
            events: Vec::new(),
            cursor: reading.cursor,
            server_now: snapshot.server_now,
            recovered: None,
            calls: Some(snapshot.calls),
            signals: Some(snapshot.signals),
        })
    }

    /// What happened since `after`, which is waited for up to `wait`, or until `ending` if that is earlier.
    pub(crate) async fn follow(
        &self,
        listener: &Listener,
        after: &str,
        wait: Duration,
        ending: impl Future<Output = ()>,
    ) -> Result<EventsAnswer, PollRefused> {
        let wait = self.granted(listener, wait);
        self.errands.is_present(&listener.caller, &listener.device, wait);
        let until = Instant::now() + wait;
        // Before the first reading: what comes after that rings.
        let watch = self.mailbox.watch(&listener.caller.tenant, &listener.caller.user);
        let mut reading = self.read(listener, Some(after)).await?;
        if is_empty(&reading) && !wait.is_zero() {
            reading = self.wait(listener, reading, watch, until, ending).await?;
        }
        self.answer(listener, reading).await
    }

    /// How long a poll is held open: no longer than its token lives.
    fn granted(&self, listener: &Listener, wait: Duration) -> Duration {
        let token = (listener.caller.expires_at - self.clock.now()).to_std().unwrap_or_default();
        wait.min(self.settings.wait_max()).min(token.max(LEAST_WAIT))
    }

    /// Reads on from `empty` at each ring, and once more at the end: that tells the time, and whatever came at the last
    /// moment.
    async fn wait(
        &self,
        listener: &Listener,
        empty: Reading,
        mut watch: Watch,
        until: Instant,
        ending: impl Future<Output = ()>,
    ) -> Result<Reading, PollRefused> {
        let Listener { caller, device } = listener;
        let mut poll = self.polls.open(&caller.tenant, &caller.user, device);
        let mut over = pin!(async {
            tokio::select! {
                () = sleep_until(until) => {}
                () = poll.ended() => {}
                () = ending => {}
            }
        });
        let mut reading = empty;
        loop {
            let is_over = tokio::select! {
                () = watch.rung() => false,
                () = &mut over => true,
            };
            reading = self.read(listener, Some(&reading.cursor)).await?;
            if is_over || !is_empty(&reading) {
                return Ok(reading);
            }
        }
    }

    async fn answer(&self, listener: &Listener, reading: Reading) -> Result<EventsAnswer, PollRefused> {
        let Reading { events, cursor, recovered, now } = reading;
        if !recovered {
            let snapshot = self.snapshot(listener).await?;
            self.metrics.answered(PollOutcome::NotRecovered, 0);
            return Ok(EventsAnswer {
                events,
                cursor,
                server_now: snapshot.server_now,
                recovered: Some(false),
                calls: Some(snapshot.calls),
                signals: Some(snapshot.signals),
            });
        }
        for call in rings::handed_over(&events, now) {
            self.errands.is_notified(&listener.caller, &listener.device, call);
        }
        let outcome = if events.is_empty() { PollOutcome::Nothing } else { PollOutcome::Events };
        self.metrics.answered(outcome, events.len());
        Ok(EventsAnswer {
            events,
            cursor,
            server_now: now,
            recovered: Some(true),
            calls: None,
            signals: None,
        })
    }

    async fn read(&self, listener: &Listener, after: Option<&str>) -> Result<Reading, StoreError> {
        let Listener { caller, device } = listener;
        self.mailbox.read(&caller.tenant, &caller.user, device, after, self.settings.batch).await
    }

    async fn snapshot(&self, listener: &Listener) -> Result<SnapshotAnswer, CallStateRefused> {
        let relay = Relay { token: listener.caller.token(), device: &listener.device, request_id: None };
        self.calls.ask("snapshot", |client| client.snapshot(&relay)).await
    }
}

/// Whether there is nothing to tell yet.
fn is_empty(reading: &Reading) -> bool {
    reading.recovered && reading.events.is_empty()
}
