//! Medians and what can be said about them without assuming how the values are spread.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// How often the interval of an [`Estimate`] holds the true median, at least.
const CONFIDENCE: f64 = 0.9;

/// A median with an interval around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Estimate {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Estimate {
    /// The median of `values` and the narrowest pair of them, equally far from both ends, that encloses the true median
    /// with at least 90 %.
    ///
    /// Order statistics make no assumption about the spread and need no random numbers, so that the same rounds always
    /// give the same interval. Fewer than five values cannot enclose anything with 90 %; they give their extremes.
    ///
    /// # Panics
    /// Without values.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let outside = values_outside(sorted.len());
        Self { median: median(&sorted), low: sorted[outside], high: sorted[sorted.len() - 1 - outside] }
    }
}

/// The median of sorted values.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// How many of `count` sorted values may be left out at each end.
///
/// Each value lies below the true median with probability one half, so how many do is binomial: leaving out `k` at each
/// end misses the median with probability `2 · P(at most k values below it)`.
fn values_outside(count: usize) -> usize {
    let mut exactly = (0..count).fold(1.0, |product, _| product * 0.5);
    let mut at_most = exactly;
    let mut outside = 0;
    let (mut below, mut above) = (0.0, f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    loop {
        below += 1.0;
        exactly *= above / below;
        above -= 1.0;
        at_most += exactly;
        if 1.0 - 2.0 * at_most < CONFIDENCE {
            return outside;
        }
        outside += 1;
    }
}

/// The smallest of the sorted values that at least `percent` of all do not exceed (nearest rank).
///
/// # Panics
/// Without values.
pub(super) fn percentile<T: Copy>(sorted: &[T], percent: usize) -> T {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

/// In milliseconds.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Of each round, our figure divided by theirs: a machine that slows down slows both.
///
/// # Panics
/// Where they have no figure of a round.
pub(super) fn ratios(ours: &BTreeMap<u32, f64>, theirs: &BTreeMap<u32, f64>) -> Estimate {
    Estimate::of(ours.iter().map(|(round, ours)| ours / theirs[round]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_narrowest_pair_that_covers_the_median_with_ninety_percent() {
        // The textbook's table: 1 − 2·P(Binomial(n, ½) ≤ k − 1) for the k-th smallest and the k-th largest value.
        let table = [(5, 0), (7, 0), (8, 1), (11, 2), (13, 3), (15, 3), (21, 6), (31, 10)];
        for (count, outside) in table {
            assert_eq!(values_outside(count), outside, "{count} values");
        }
    }

    #[test]
    fn eleven_values_leave_two_out_at_each_end() {
        let shuffled = [6.0, 1.0, 11.0, 3.0, 9.0, 2.0, 8.0, 4.0, 10.0, 5.0, 7.0];
        assert_eq!(Estimate::of(shuffled), Estimate { median: 6.0, low: 3.0, high: 9.0 });
    }

    #[test]
    fn few_values_give_their_extremes() {
        assert_eq!(Estimate::of([2.0, 4.0]), Estimate { median: 3.0, low: 2.0, high: 4.0 });
        assert_eq!(Estimate::of([2.0]), Estimate { median: 2.0, low: 2.0, high: 2.0 });
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_micros).collect();
        for (percent, expected) in [(50, 100), (99, 198), (100, 200), (0, 1)] {
            assert_eq!(percentile(&sorted, percent), Duration::from_micros(expected), "{percent} %");
        }
    }

    #[test]
    fn figures_are_divided_round_by_round() {
        // The machine slowed down between the rounds; the ratio did not change.
        let (ours, theirs) = ([(0, 12.0), (1, 24.0)].into(), [(0, 10.0), (1, 20.0)].into());
        assert_eq!(ratios(&ours, &theirs), Estimate { median: 1.2, low: 1.2, high: 1.2 });
    }
}
