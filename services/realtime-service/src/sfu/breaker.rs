//! Whether a cluster is asked at all: one that has stopped answering is left alone for a while, so that nobody waits for it and
//! nothing piles up.
//!
//! Pure: time is an argument. Closed → open after some failures in a row → half open: one call tries, and what becomes of it
//! decides.

use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row, with no answer in between, open it.
const MOST_FAILURES: u32 = 5;

/// How long it stays open the first time. Short: what is refused meanwhile might have worked.
const SHORTEST_REST: Duration = Duration::from_secs(1);

/// The rest doubles each time that a cluster is found silent still, up to this.
const LONGEST_REST: Duration = Duration::from_secs(8);

/// After so long a try of which nothing was heard has been given up by whoever made it: longer than anybody waits for one.
const TRY_PATIENCE: Duration = Duration::from_secs(2);

/// What a call says about the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answered, whatever it was.
    Answered,
    /// It did not answer.
    Silent,
    /// Nothing: a call that was given too little time, or one that waited for somebody behind the cluster's API.
    Unclear,
}

/// What has changed by a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The cluster is left alone from now on, at first for so long.
    Opened(Duration),
    /// It is asked again.
    Closed,
}

/// The circuit breaker of one cluster.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant, rest: Duration },
    HalfOpen { since: Instant, rest: Duration },
}

impl Breaker {
    pub(super) const fn new() -> Self {
        Self { state: State::Closed { failures: 0 } }
    }

    /// Whether the cluster may be asked now; else for how long it is left alone. Whoever may ask tells what came of it.
    pub(super) fn enter(&mut self, now: Instant) -> Result<(), Duration> {
        match self.state {
            State::Closed { .. } => Ok(()),
            State::Open { until, .. } if now < until => Err(until - now),
            State::HalfOpen { since, rest } if now.duration_since(since) < TRY_PATIENCE => {
                // Somebody is trying. If they fail there is another rest.
                Err(rest)
            }
            State::Open { rest, .. } | State::HalfOpen { rest, .. } => {
                self.state = State::HalfOpen { since: now, rest };
                Ok(())
            }
        }
    }

    /// What became of a call, allowed or made regardless.
    pub(super) fn conclude(&mut self, verdict: Verdict, now: Instant) -> Option<Change> {
        let before = self.state;
        self.state = match (before, verdict) {
            (_, Verdict::Answered) => State::Closed { failures: 0 },
            (State::Closed { failures }, Verdict::Silent) if failures + 1 < MOST_FAILURES => {
                State::Closed { failures: failures + 1 }
            }
            (State::Closed { .. }, Verdict::Silent) => {
                State::Open { until: now + SHORTEST_REST, rest: SHORTEST_REST }
            }
            (State::HalfOpen { rest, .. }, Verdict::Silent) => {
                let rest = (rest * 2).min(LONGEST_REST);
                State::Open { until: now + rest, rest }
            }
            // The next one may try at once.
            (State::HalfOpen { rest, .. }, Verdict::Unclear) => State::Open { until: now, rest },
            // A late word of before prolongs nothing.
            (State::Open { .. }, Verdict::Silent | Verdict::Unclear)
            | (State::Closed { .. }, Verdict::Unclear) => before,
        };
        match (before, self.state) {
            (State::Closed { .. }, State::Open { rest, .. }) => Some(Change::Opened(rest)),
            (State::Open { .. } | State::HalfOpen { .. }, State::Closed { .. }) => Some(Change::Closed),
            (State::Closed { .. }, State::Closed { .. } | State::HalfOpen { .. })
            | (State::Open { .. } | State::HalfOpen { .. }, State::Open { .. } | State::HalfOpen { .. }) => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
