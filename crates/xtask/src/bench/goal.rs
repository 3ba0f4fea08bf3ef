//! A promise, and whether what was seen bears it out.

use serde::Serialize;

use super::statistics::Estimate;

/// The bound that a figure must keep.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

/// One promise.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Goal {
    pub(super) about: &'static str,
    pub(super) unit: &'static str,
    pub(super) wanted: Wanted,
    pub(super) seen: Estimate,
}

impl Goal {
    /// Whether the median keeps the bound.
    pub(super) fn met(&self) -> bool {
        match self.wanted {
            Wanted::AtMost(bound) => self.seen.median <= bound,
            Wanted::AtLeast(bound) => self.seen.median >= bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_kept_by_a_median_that_equals_it() {
        let goal = |wanted, median| {
            let seen = Estimate { median, low: median, high: median };
            Goal { about: "", unit: "", wanted, seen }.met()
        };
        for (wanted, median, met) in [
            (Wanted::AtMost(1.25), 1.25, true),
            (Wanted::AtMost(1.25), 1.26, false),
            (Wanted::AtLeast(3.0), 3.0, true),
            (Wanted::AtLeast(3.0), 2.9, false),
        ] {
            assert_eq!(goal(wanted, median), met, "{wanted:?} {median}");
        }
    }
}
