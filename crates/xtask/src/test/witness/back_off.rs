//! How long a client waits before it tries again: the rules of docs/protocol.md, with the dice as an argument.

use std::time::Duration;

use super::socket::Closed;

/// The first and the longest wait after failures in a row.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// Between tries of the socket while polls are answered.
const FIRST_WHILE_POLLING: Duration = Duration::from_secs(5);
const LONGEST_WHILE_POLLING: Duration = Duration::from_mins(1);

/// A random part, at `dice` of 0 to 1, of a time that doubles with each failure in a row.
pub(super) fn after_failures(failures: u32, dice: f64) -> Duration {
    doubled(FIRST, failures, LONGEST).mul_f64(dice)
}

/// The wait for the next try of a socket by somebody who polls meanwhile.
pub(super) fn while_polling(failures: u32, dice: f64) -> Duration {
    doubled(FIRST_WHILE_POLLING, failures.saturating_sub(1), LONGEST_WHILE_POLLING).mul_f64(0.8 + 0.4 * dice)
}

/// The wait after a socket was closed; `None`: the client does not come back.
pub(super) fn after_close(closed: &Closed, failures: u32, dice: f64) -> Option<Duration> {
    match closed.code {
        1012 if failures == 0 => Some(Duration::from_secs(1).mul_f64(dice)),
        4409 => None,
        4429 => {
            let least = if closed.reason == "too_many_connections" { 10 } else { 1 };
            Some(after_failures(failures, dice).max(Duration::from_secs(least)))
        }
        _ => Some(after_failures(failures, dice)),
    }
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    2_u32
        .checked_pow(times)
        .and_then(|factor| first.checked_mul(factor))
        .map_or(longest, |all| all.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: u16, reason: &str) -> Closed {
        Closed { code, reason: reason.to_owned() }
    }

    #[test]
    fn waits_double_until_they_are_longest() {
        assert_eq!(after_failures(0, 1.0), Duration::from_millis(500));
        assert_eq!(after_failures(3, 0.5), Duration::from_secs(2));
        assert_eq!(after_failures(40, 1.0), Duration::from_secs(30));
        assert_eq!(while_polling(1, 0.0), Duration::from_secs(4));
        assert_eq!(while_polling(9, 0.5), Duration::from_mins(1));
    }

    #[test]
    fn a_restart_is_answered_within_a_second_and_a_replacement_never() {
        assert_eq!(after_close(&closed(1012, "restart"), 0, 1.0), Some(Duration::from_secs(1)));
        assert_eq!(after_close(&closed(1012, "restart"), 4, 1.0), Some(Duration::from_secs(8)));
        assert_eq!(after_close(&closed(4409, "replaced"), 0, 0.5), None);
        assert_eq!(after_close(&closed(4429, "too_many_connections"), 0, 0.5), Some(Duration::from_secs(10)));
    }
}
