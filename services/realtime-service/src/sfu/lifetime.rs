//! How long a room lives, next to how long a token for it can be used.

use clock::{DateTime, Utc};

use crate::LiveKitSettings;

/// How old an empty room may be and still outlive every token given for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    spare_seconds: i64,
}

impl Lifetime {
    pub(super) fn of(settings: &LiveKitSettings) -> Self {
        let shorter = settings.empty_timeout_seconds.min(settings.departure_timeout_seconds);
        let needed = i64::try_from(settings.room_needed_seconds()).unwrap_or(i64::MAX);
        Self { spare_seconds: i64::from(shorter).saturating_sub(needed) }
    }

    /// Whether a room created at `creation_time` (Unix seconds, by LiveKit's clock) is sure to live long enough, even if
    /// nobody is in it: whether or not somebody has been in it since, no timeout has begun before its creation.
    pub(super) fn lasts(self, creation_time: i64, now: DateTime<Utc>) -> bool {
        now.timestamp() - creation_time <= self.spare_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_lasts_while_its_shorter_timeout_exceeds_what_a_token_needs() {
        let lifetime = Lifetime { spare_seconds: 240 - 210 };
        for (age, lasts) in [(0, true), (30, true), (31, false), (3600, false), (-5, true)] {
            let now = DateTime::from_timestamp(1_000_000 + age, 0).unwrap();
            assert_eq!(lifetime.lasts(1_000_000, now), lasts, "{age} s old");
        }
    }
}
