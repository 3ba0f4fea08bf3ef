//! Handing out a log: where to go on, when to read, and when there is something to be said first.
//!
//! One thing is asked for at a time, so what is handed out is in order whatever comes when.

use std::time::Duration;

use crate::{Limits, Moment, News};

/// What is to be asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The log.
    Read { after: Option<String>, limit: usize },
    /// How things stand.
    Snapshot,
}

/// A reader of one log.
#[derive(Debug)]
pub(crate) struct Feed {
    cursor: Option<String>,
    step: Step,
    /// Whether there may be something behind the cursor.
    is_stale: bool,
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing is under way.
    Resting,
    /// The log is being read.
    Reading { limit: usize },
    /// The cursor leads on from a state of things that nobody knows yet: it comes before anything else.
    Unknown,
    /// That state is being found out.
    Asking,
    /// Something failed; until then nothing is tried.
    Paused { until: Moment, is_unknown: bool },
}

impl Feed {
    /// Goes on after the cursor `after`, or begins now.
    pub(crate) const fn new(after: Option<String>) -> Self {
        Self { cursor: after, step: Step::Resting, is_stale: true, failures: 0 }
    }

    /// The cursor up to which everything was handed out, once there is one.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// There may be something new.
    pub(crate) fn ring(&mut self) {
        self.is_stale = true;
    }

    /// What is to be asked for now, if anything, with room for so many events.
    pub(crate) fn wanted(&mut self, room: usize, now: Moment) -> Option<Wanted> {
        if let Step::Paused { until, is_unknown } = self.step
            && until <= now
        {
            self.step = if is_unknown { Step::Unknown } else { Step::Resting };
        }
        match self.step {
            Step::Resting if self.is_stale && room > 0 => {
                // Whatever rings from here on may come too late for this reading.
                self.is_stale = false;
                self.step = Step::Reading { limit: room };
                Some(Wanted::Read { after: self.cursor.clone(), limit: room })
            }
            Step::Unknown => {
                self.step = Step::Asking;
                Some(Wanted::Snapshot)
            }
            Step::Resting | Step::Reading { .. } | Step::Asking | Step::Paused { .. } => None,
        }
    }

    /// Whether the log is being read.
    pub(crate) const fn is_reading(&self) -> bool {
        matches!(self.step, Step::Reading { .. })
    }

    /// Whether it is being found out how things stand.
    pub(crate) const fn is_asking(&self) -> bool {
        matches!(self.step, Step::Asking)
    }

    /// The log was read. If that had to begin anew, the state of things is wanted next.
    pub(crate) fn read(&mut self, news: &News) {
        let Step::Reading { limit } = self.step else { return };
        let begins_anew = self.cursor.is_none() || !news.recovered;
        self.step = if begins_anew { Step::Unknown } else { Step::Resting };
        // A full page has most likely another one behind it, for which nothing will ring.
        self.is_stale |= news.events.len() >= limit;
        self.cursor = Some(news.cursor.clone());
        self.failures = 0;
    }

    /// How things stand is known.
    pub(crate) fn answered(&mut self) {
        self.step = Step::Resting;
        self.failures = 0;
    }

    /// What was asked for could not be found out. It is asked for again later, at a time that `seed` shifts, so that not
    /// everybody asks at once.
    pub(crate) fn failed(&mut self, limits: &Limits, seed: u8, now: Moment) {
        let is_unknown = self.is_asking();
        self.is_stale |= self.is_reading();
        self.step = Step::Paused { until: now + pause(limits, self.failures, seed), is_unknown };
        self.failures = self.failures.saturating_add(1);
    }

    /// When something is tried again.
    pub(crate) const fn retries_at(&self) -> Option<Moment> {
        match self.step {
            Step::Paused { until, .. } => Some(until),
            Step::Resting | Step::Reading { .. } | Step::Unknown | Step::Asking => None,
        }
    }
}

/// How long after so many failures before it: twice as long each time, three quarters to all of it.
fn pause(limits: &Limits, failures: u32, seed: u8) -> Duration {
    let whole = limits.retry.saturating_mul(1 << failures.min(16)).min(limits.retry_most);
    whole * (768 + u32::from(seed)) / 1_024
}
