//! A long poll, from its question to its answer.

use std::time::Duration;

use signal_protocol::{CallId, ErrorCode, EventsAnswer};

use crate::feed::{Feed, Wanted};
use crate::{Moment, News, State, handed_over};

/// For how long a poll is held open though its token expires: a client whose clock is slow would otherwise ask again and
/// again for as long as its token is still taken.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The cursor to go on from.
    pub after: Option<String>,
    /// How long to wait for the first event. Without a cursor nothing is waited for.
    pub wait: Duration,
    /// For how long from now the client's token is good.
    pub token_expires_in: Duration,
    /// How many events at most. Not 0.
    pub batch: usize,
}

/// What happens to a poll.
#[derive(Debug)]
pub enum PollInput {
    /// What [`PollOutput::Read`] came to.
    Read(Result<News, ErrorCode>),
    /// What [`PollOutput::LoadSnapshot`] came to.
    Snapshot(Result<State, ErrorCode>),
    /// There may be something new in the log.
    Rung,
    /// A newer poll takes its place.
    Displaced,
    /// The login was ended that the token of whoever asks belongs to.
    Revoked,
    /// The server stops now.
    Ending,
    /// The [deadline](Poll::next_deadline) has come.
    TimePassed,
}

/// What a poll wants done.
#[derive(Debug)]
pub enum PollOutput {
    /// Read the log. The answer is [`PollInput::Read`]. One at a time.
    Read {
        /// From where; from now on if none.
        after: Option<String>,
        /// How many events at most.
        limit: usize,
    },
    /// Find out how things stand. The answer is [`PollInput::Snapshot`].
    LoadSnapshot,
    /// The device has taken in everything up to this cursor. No answer.
    Acknowledge {
        /// The cursor, as it came.
        cursor: String,
    },
    /// The ring of this call is handed over with the answer that follows. No answer.
    Notified(CallId),
    /// Answer. Nothing follows.
    Answer(Box<EventsAnswer>),
    /// Answer that it cannot be said. Nothing follows.
    Fail(ErrorCode),
}

/// A long poll, from its question to its answer.
#[derive(Debug)]
pub struct Poll {
    feed: Feed,
    batch: usize,
    is_resuming: bool,
    /// The cursor that the client came with, until it is known whether there is something to acknowledge.
    after: Option<String>,
    stage: Stage,
    out: Vec<PollOutput>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Answers with the first event, or with none at that time.
    Waiting { until: Moment },
    /// Answers with the next reading, whatever that has.
    Closing,
    /// Has answered.
    Over,
}

impl Poll {
    /// A poll that came `now`, and what is to be done first. The bell must be heard before that is done.
    #[must_use]
    pub fn new(question: Question, now: Moment) -> (Self, Vec<PollOutput>) {
        let Question { after, wait, token_expires_in, batch } = question;
        let wait = wait.min(token_expires_in.max(LEAST_WAIT));
        let mut poll = Self {
            feed: Feed::new(after.clone()),
            batch,
            is_resuming: after.is_some(),
            after,
            stage: if wait.is_zero() { Stage::Closing } else { Stage::Waiting { until: now + wait } },
            out: Vec::new(),
        };
        poll.pump(now);
        let first = std::mem::take(&mut poll.out);
        (poll, first)
    }

    /// Takes in what happened at `now`, and says what is to be done.
    #[must_use]
    pub fn on(&mut self, input: PollInput, now: Moment) -> Vec<PollOutput> {
        if let Stage::Waiting { until } = self.stage
            && until <= now
        {
            self.close();
        }
        match input {
            PollInput::Read(_) | PollInput::Snapshot(_) | PollInput::Revoked
                if matches!(self.stage, Stage::Over) => {}
            PollInput::Read(Ok(news)) if self.feed.is_reading() => self.read(news),
            PollInput::Snapshot(Ok(state)) if self.feed.is_asking() => self.begin_anew(state),
            PollInput::Read(Err(code)) if self.feed.is_reading() => self.finish(PollOutput::Fail(code)),
            PollInput::Snapshot(Err(code)) if self.feed.is_asking() => self.finish(PollOutput::Fail(code)),
            PollInput::Read(_) | PollInput::Snapshot(_) | PollInput::TimePassed => {}
            PollInput::Rung => self.feed.ring(),
            // Whatever is under way is for nobody any more.
            PollInput::Revoked => self.finish(PollOutput::Fail(ErrorCode::TokenInvalid)),
            PollInput::Displaced | PollInput::Ending => self.close(),
        }
        self.pump(now);
        std::mem::take(&mut self.out)
    }

    /// When [`PollInput::TimePassed`] is due, if nothing happens before. None once nothing is waited for but the answer to
    /// what is under way.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        match self.stage {
            Stage::Waiting { until } => Some(until),
            Stage::Closing | Stage::Over => None,
        }
    }

    /// Waits no more: the next reading is the last one.
    fn close(&mut self) {
        if let Stage::Waiting { .. } = self.stage {
            self.stage = Stage::Closing;
            // It tells the time, and whatever came at the last moment.
            self.feed.ring();
        }
    }

    fn pump(&mut self, now: Moment) {
        if let Stage::Over = self.stage {
            return;
        }
        match self.feed.wanted(self.batch, now) {
            Some(Wanted::Read { after, limit }) => self.out.push(PollOutput::Read { after, limit }),
            Some(Wanted::Snapshot) => self.out.push(PollOutput::LoadSnapshot),
            None => {}
        }
    }

    fn read(&mut self, news: News) {
        self.feed.read(&news);
        if !self.is_resuming || !news.recovered {
            return;
        }
        if let Some(cursor) = self.after.take()
            && news.unconsumed
        {
            self.out.push(PollOutput::Acknowledge { cursor });
        }
        let News { events, cursor, server_now, .. } = news;
        if events.is_empty() && matches!(self.stage, Stage::Waiting { .. }) {
            return;
        }
        self.out.extend(handed_over(&events, server_now).into_iter().map(PollOutput::Notified));
        let recovered = Some(true);
        let answer = EventsAnswer { events, cursor, server_now, recovered, calls: None, signals: None };
        self.finish(PollOutput::Answer(Box::new(answer)));
    }

    fn begin_anew(&mut self, state: State) {
        let State { calls, signals, server_now } = state;
        let answer = EventsAnswer {
            events: Vec::new(),
            cursor: self.feed.cursor().unwrap_or_default().to_owned(),
            server_now,
            recovered: self.is_resuming.then_some(false),
            calls: Some(calls),
            signals: Some(signals),
        };
        self.finish(PollOutput::Answer(Box::new(answer)));
    }

    fn finish(&mut self, last: PollOutput) {
        self.stage = Stage::Over;
        self.out.push(last);
    }
}
