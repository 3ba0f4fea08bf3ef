//! How fast messages may come.

use std::time::Duration;

use crate::{Limits, Moment};

/// Counts messages against a rate with a burst, in one number (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When all that came would have come, had it come at the long-term rate.
    spent_until: Moment,
}

impl Pace {
    /// Counts one message. `false`: it is one too many.
    pub(crate) fn allows(&mut self, limits: &Limits, now: Moment) -> bool {
        let each = Duration::from_secs(1) / limits.messages_per_second.max(1);
        let spent_until = self.spent_until.max(now) + each;
        let is_within = spent_until <= now + each * limits.burst;
        if is_within {
            self.spent_until = spent_until;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `count` messages pass that come at `now`.
    fn passed(pace: &mut Pace, count: u32, now_ms: u64) -> u32 {
        let limits = Limits { messages_per_second: 20, burst: 40, ..Limits::default() };
        let now = Duration::from_millis(now_ms);
        (0..count).map(|_| u32::from(pace.allows(&limits, now))).sum()
    }

    #[test]
    fn a_burst_passes_and_then_twenty_a_second() {
        let mut pace = Pace::default();
        assert_eq!(passed(&mut pace, 100, 7_000), 40);
        assert_eq!(passed(&mut pace, 100, 7_049), 0);
        assert_eq!(passed(&mut pace, 100, 7_050), 1);
        assert_eq!(passed(&mut pace, 100, 8_050), 20);
        assert_eq!(passed(&mut pace, 100, 60_000), 40);
    }
}
