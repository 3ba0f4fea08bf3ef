//! The desk: where a command meets the records.
//!
//! Read in one round trip, decide without I/O, commit in one round trip on the condition that what was read still holds.
//! No outcome rests on a lock or on anything that is remembered between two commands, so any number of desks may work side by
//! side. What is remembered, of calls whose two devices signal, saves the reading and is held against the records by the commit.
//! Commands of one replica that met at a call take turns, which only decides who waits.

mod attempt;
mod failure;
mod history_cursor;
mod memory;
mod outcome;
mod preferences;
mod recalled;
mod relayed;
mod repeat;
mod signals;
mod telling;
#[cfg(test)]
mod tests;
mod turns;
mod views;
mod writes;

pub use failure::DeskFailure;
pub use history_cursor::HistoryCursor;
pub use outcome::Outcome;
pub use preferences::Wish;
pub use writes::new_id;

use std::time::Duration;

use call_state_api::presence;
use calls::{Actor, Command, Rules};
use signal_protocol::{CallId, Tenant};
use store::{Commit, Store, Write};
use tokio::time::{sleep, timeout};
use tracing::{Instrument as _, Span, field};

use crate::desk::attempt::Attempt;
use crate::desk::memory::Memory;
use crate::desk::turns::Turns;
use crate::metrics::{DeskMetrics, Why};
use crate::requests::Request;

/// How long one command may take with all its attempts, where nobody allows more. Less than its caller waits.
pub const PATIENCE: Duration = Duration::from_millis(900);
/// What is left for everything else when one round trip to the store takes as long as it may.
pub const BESIDE_A_SLOW_ROUND_TRIP: Duration = Duration::from_millis(400);
/// How often a command is tried while others change what it rests on.
const MOST_ATTEMPTS: u32 = 10;
/// The longest pause before a command is tried again, at first and at last, in milliseconds.
const PAUSE_MS: (u64, u64) = (2, 32);
/// For how long a device counts as alive after a request of it, at least.
const ALIVE: clock::Duration = clock::Duration::seconds(10);
/// What is less than a full second counts as one.
const UP_TO: clock::Duration = clock::Duration::milliseconds(999);

/// Of what the application is told by hooks. A queue that nobody empties would fill the store, so nothing is enqueued that nobody
/// wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Of rings that nobody has seen, their end, and missed calls.
    pub rings: bool,
    /// Of calls that are over: their records.
    pub records: bool,
}

/// Runs commands. Cheap to clone; clones work on the same records.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    rules: Rules,
    hooks: Hooks,
    metrics: DeskMetrics,
    patience: Duration,
    turns: Turns,
    memory: Memory,
}

impl Desk {
    /// A desk over the records in `store`. It counts in `metrics`.
    #[must_use]
    pub fn new(store: Store, rules: Rules, hooks: Hooks, metrics: DeskMetrics) -> Self {
        Self {
            store,
            rules,
            hooks,
            metrics,
            patience: PATIENCE,
            turns: Turns::default(),
            memory: Memory::default(),
        }
    }

    /// The same, where one command may take so long with all its attempts.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The rules that commands are decided by.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Carries out `command`, once: again with the same `request`, it answers the same and changes nothing.
    pub async fn run(
        &self,
        tenant: &Tenant,
        command: Command,
        request: Option<Request>,
    ) -> Result<Outcome, DeskFailure> {
        self.carried_out(tenant, command, request).await.map(Done::outcome)
    }

    /// Does whatever is due about a call. Whether anything was.
    pub async fn expire(&self, tenant: &Tenant, call: CallId) -> Result<bool, DeskFailure> {
        let done = self.carried_out(tenant, Command::Tick { call }, None).await?;
        Ok(matches!(done, Done::Changed(_)))
    }

    async fn carried_out(
        &self,
        tenant: &Tenant,
        command: Command,
        request: Option<Request>,
    ) -> Result<Done, DeskFailure> {
        let span = span_of(tenant, &command);
        let work = async {
            let mut done = self.attempts(tenant, &command, request.as_ref()).await?;
            self.add_signals(tenant, &command, done.outcome_mut()).await?;
            Ok(done)
        };
        let outcome =
            timeout(self.patience, work.instrument(span)).await.unwrap_or(Err(DeskFailure::TooSlow));
        self.metrics.commanded(command.name(), outcome.as_ref().map_or_else(DeskFailure::label, Done::label));
        outcome
    }

    async fn attempts(
        &self,
        tenant: &Tenant,
        command: &Command,
        request: Option<&Request>,
    ) -> Result<Done, DeskFailure> {
        if let Some(done) = self.recall(tenant, command, request).await? {
            tracing::Span::current().record("attempts", 1);
            return Ok(done);
        }
        let mut turn = None;
        for attempt in 0..MOST_ATTEMPTS {
            let why = match self.attempt(tenant, command, request).await? {
                Attempt::Done(done) => {
                    tracing::Span::current().record("attempts", attempt + 1);
                    return Ok(done);
                }
                Attempt::Again(why) => why,
                Attempt::Conflict(_) => Why::Conflict,
            };
            self.metrics.repeated(command.name(), why);
            if why == Why::Conflict && turn.is_none() {
                turn = Some(self.turns.at(command.call()).await);
            } else {
                self.pause(attempt, why).await;
            }
        }
        Err(DeskFailure::Contended { attempts: MOST_ATTEMPTS })
    }

    /// A random pause, so that those who met do not meet again. Whoever was late, or had to expire something first, met
    /// nobody.
    async fn pause(&self, attempt: u32, why: Why) {
        match why {
            Why::Conflict => {
                let longest = (PAUSE_MS.0 << attempt.min(8)).min(PAUSE_MS.1);
                sleep(Duration::from_millis(rand::random_range(0..=longest))).await;
            }
            Why::TooLate | Why::Overdue => {}
        }
    }

    /// The actor's device has shown a sign of life. Nothing that is answered now depends on it, so a failure, which the
    /// store counts, is no reason to answer anything else.
    async fn is_alive(&self, tenant: &Tenant, actor: Option<&Actor>, now: clock::DateTime<clock::Utc>) {
        if let Some(actor) = actor {
            let commit = Commit { writes: vec![alive(actor, now)], ..Commit::default() };
            if let Err(error) = self.store.commit(tenant, commit).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "presence.not_renewed");
            }
        }
    }
}

/// The span of a command.
fn span_of(tenant: &Tenant, command: &Command) -> Span {
    tracing::info_span!(
        "call.command",
        otel.name = command.name(),
        call.id = %command.call(),
        tenant.id = %tenant,
        attempts = field::Empty,
    )
}

/// The actor's device is alive for a while, up to a full second: of many requests within one the first alone changes the lease.
fn alive(actor: &Actor, now: clock::DateTime<clock::Utc>) -> Write {
    presence::lease(&actor.user, &actor.device, alive_until(now))
}

/// Until when whoever shows a sign of life at `now` counts as alive.
fn alive_until(now: clock::DateTime<clock::Utc>) -> clock::DateTime<clock::Utc> {
    let until = now + ALIVE + UP_TO;
    until - clock::Duration::milliseconds(until.timestamp_subsec_millis().into())
}

/// A command that was carried out, and how much that was.
enum Done {
    /// Something changed.
    Changed(Outcome),
    /// It was so already.
    Unchanged(Outcome),
    /// It was done before, when it came for the first time.
    Repeated(Outcome),
}

impl Done {
    const fn label(&self) -> &'static str {
        match self {
            Self::Changed(_) => "changed",
            Self::Unchanged(_) => "unchanged",
            Self::Repeated(_) => "repeated",
        }
    }

    fn outcome_mut(&mut self) -> &mut Outcome {
        match self {
            Self::Changed(outcome) | Self::Unchanged(outcome) | Self::Repeated(outcome) => outcome,
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Changed(outcome) | Self::Unchanged(outcome) | Self::Repeated(outcome) => outcome,
        }
    }
}
