//! How late: measured and printed, never asserted.

use std::fmt;
use std::time::Duration;

/// How late a number of deadlines were.
pub(super) struct Figures {
    count: usize,
    median: Duration,
    p99: Duration,
    most: Duration,
}

impl Figures {
    /// Of at least one.
    pub(super) fn of(late: impl IntoIterator<Item = Duration>) -> Self {
        let mut late: Vec<Duration> = late.into_iter().collect();
        late.sort_unstable();
        let at = |percent: usize| late[(late.len() * percent).div_ceil(100).max(1) - 1];
        Self { count: late.len(), median: at(50), p99: at(99), most: at(100) }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p99, most] = [self.median, self.p99, self.most].map(|late| late.as_millis());
        write!(formatter, "{} deadlines, late by p50 {median} ms, p99 {p99} ms, most {most} ms", self.count)
    }
}
