//! How a poll comes to its answer: what [`Poll`] says is done, one thing after another.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use http_server::{Problem, Refusal};
use identity::Revocations;
use signal_protocol::{ErrorCode, EventsAnswer};
use signalling::{Moment, Poll, PollInput, PollOutput, Question};
use tokio::time::{Instant, sleep_until};

use super::feed::{Feed, FeedFailure, Listener};
use super::metrics::{EventsMetrics, PollOutcome};
use super::open_polls::{OpenPoll, OpenPolls};
use crate::EventsSettings;

/// What polls need.
pub(crate) struct EventsDesk {
    feed: Arc<Feed>,
    polls: OpenPolls,
    revocations: Revocations,
    clock: Clock,
    settings: EventsSettings,
    metrics: EventsMetrics,
}

/// Why a poll is not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PollRefused {
    #[error(transparent)]
    Feed(#[from] FeedFailure),
    #[error("the poll was given up without a cause")]
    GivenUp(ErrorCode),
    #[error("the poll was not answered long after it should have been")]
    Overdue,
}

impl Refusal for PollRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Feed(failure) => failure.problem(),
            Self::GivenUp(code) => Problem::new(*code),
            Self::Overdue => Problem::new(ErrorCode::Internal),
        }
    }
}

impl EventsDesk {
    /// Answers from `feed`, within the bounds of `settings`.
    pub(crate) fn new(
        feed: Arc<Feed>,
        revocations: Revocations,
        clock: Clock,
        settings: &EventsSettings,
        metrics: EventsMetrics,
    ) -> Self {
        let polls = OpenPolls::new(settings, metrics.open.clone());
        Self { feed, polls, revocations, clock, settings: *settings, metrics }
    }

    /// The answer to a poll that goes on from `after`, for which is waited up to `wait`, or until `ending` if that is
    /// earlier.
    pub(crate) async fn answer(
        &self,
        listener: &Listener,
        after: Option<String>,
        wait: Duration,
        ending: impl Future<Output = ()>,
    ) -> Result<EventsAnswer, PollRefused> {
        // A poll that is answered at once is a sign of life as well.
        let _stay = self.feed.stay(listener);
        // Before the first reading: what comes after that rings.
        let mut watch = self.feed.watch(listener);
        let mut login = self.revocations.watch(&listener.caller);
        let began = Instant::now();
        let now = || -> Moment { began.elapsed() };
        let (mut poll, mut outputs) = Poll::new(self.question(listener, after, wait), now());
        let mut ending = pin!(ending);
        let mut place: Option<OpenPoll> = None;
        loop {
            // Boxed, so that a poll that waits does not keep room for everything that it might ask.
            let input = match Box::pin(self.perform(listener, outputs)).await? {
                Performed::Answered(answer) => {
                    self.metrics.answered(PollOutcome::of(&answer), answer.events.len());
                    return Ok(*answer);
                }
                Performed::Learnt(input) => input,
                Performed::Nothing => {
                    let place = place.get_or_insert_with(|| self.place(listener));
                    let deadline = poll.next_deadline().map(|deadline| began + deadline);
                    tokio::select! {
                        () = watch.rung() => PollInput::Rung,
                        () = login.ended() => PollInput::Revoked,
                        () = place.ended() => PollInput::Displaced,
                        () = &mut ending => PollInput::Ending,
                        () = until(deadline) => PollInput::TimePassed,
                    }
                }
            };
            outputs = poll.on(input, now());
        }
    }

    fn question(&self, listener: &Listener, after: Option<String>, wait: Duration) -> Question {
        let token_expires_in = (listener.caller.expires_at - self.clock.now()).to_std().unwrap_or_default();
        let wait = wait.min(self.settings.wait_max());
        Question { after, wait, token_expires_in, batch: self.settings.batch }
    }

    /// Only a poll that waits takes a place, and may take it from an older one.
    fn place(&self, listener: &Listener) -> OpenPoll {
        self.polls.open(&listener.caller.tenant, &listener.caller.user, &listener.device)
    }

    /// Does what is to be done, and gives what comes of it: there is one answer to wait for at most.
    async fn perform(&self, listener: &Listener, outputs: Vec<PollOutput>) -> Result<Performed, PollRefused> {
        let mut performed = Performed::Nothing;
        for output in outputs {
            match output {
                PollOutput::Read { after, limit } => {
                    let news = self.feed.read(listener, after.as_deref(), limit, None).await?;
                    performed = Performed::Learnt(PollInput::Read(Ok(news)));
                }
                PollOutput::LoadSnapshot => {
                    let state = self.feed.snapshot(listener).await?;
                    performed = Performed::Learnt(PollInput::Snapshot(Ok(state)));
                }
                PollOutput::Acknowledge { cursor } => {
                    self.feed.acknowledge(listener, &cursor).await;
                }
                PollOutput::Notified(call) => self.feed.is_notified(listener, call),
                PollOutput::Answer(answer) => performed = Performed::Answered(answer),
                PollOutput::Fail(code) => return Err(PollRefused::GivenUp(code)),
            }
        }
        Ok(performed)
    }
}

/// What came of what a poll wanted done.
enum Performed {
    /// The poll is over.
    Answered(Box<EventsAnswer>),
    /// The poll has to be told.
    Learnt(PollInput),
    /// It waits for something to happen.
    Nothing,
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
