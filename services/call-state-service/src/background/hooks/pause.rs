//! How long a hook waits after a try that failed.

use std::time::Duration;

/// The longest first pause, and the longest of all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pauses {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Pauses {
    /// The pause after `failed` tries, one at least: a random one between half and all of a bound that doubles, so that
    /// hooks that failed together do not come back together.
    pub(crate) fn after(self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        let bound = self.first.saturating_mul(1 << doublings).min(self.longest);
        bound.mul_f64(rand::random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_never_less_than_half() {
        let pauses = Pauses { first: Duration::from_secs(1), longest: Duration::from_hours(1) };
        for (failed, bound) in [(0, 1), (1, 1), (2, 2), (3, 4), (12, 2_048), (13, 3_600), (u32::MAX, 3_600)] {
            for _ in 0..100 {
                let pause = pauses.after(failed);
                let bound = Duration::from_secs(bound);
                assert!(pause <= bound && pause * 2 >= bound, "{failed}: {pause:?}");
            }
        }
    }
}
