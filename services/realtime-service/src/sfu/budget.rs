//! How many calls may be tried again: a share of those that are made, so that retries cannot multiply an outage.

/// What one retry costs, in the tenths that each call brings.
const RETRY: u32 = 10;

/// How many retries may be saved up: enough for a hiccup in a quiet hour.
const MOST: u32 = 10 * RETRY;

/// The retry budget of one cluster: one retry for ten calls, and some in reserve.
#[derive(Debug)]
pub(super) struct Budget {
    tenths: u32,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self { tenths: MOST }
    }

    /// A call is made, not for the second time.
    pub(super) const fn called(&mut self) {
        if self.tenths < MOST {
            self.tenths += 1;
        }
    }

    /// Takes what a retry costs, if there is enough.
    pub(super) const fn withdraw(&mut self) -> bool {
        let affords = self.tenths >= RETRY;
        if affords {
            self.tenths -= RETRY;
        }
        affords
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_answered_with_a_tenth_more_calls_and_the_reserve() {
        let mut budget = Budget::new();
        let retries = (0..1_000)
            .filter(|_| {
                budget.called();
                budget.withdraw()
            })
            .count();
        assert_eq!(retries, 109);
    }

    #[test]
    fn the_reserve_does_not_grow_beyond_its_bound() {
        let mut budget = Budget::new();
        for _ in 0..1_000 {
            budget.called();
        }
        assert_eq!((0..100).filter(|_| budget.withdraw()).count(), 10);
    }
}
