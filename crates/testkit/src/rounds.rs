//! How often a test repeats what chance decides, and how chance is repeated.
//!
//! `cargo xtask test --soak` sets `REALTIME_SOAK`: the same tests, for longer. A test that rolls dice prints its seed;
//! `REALTIME_SEED=<seed>` rolls them the same way again.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::environment;

/// Whether the long run is wanted.
#[must_use]
pub fn soaking() -> bool {
    environment::text("REALTIME_SOAK").is_some()
}

/// How often to repeat: `usual` times, or `soaked` times in the long run.
#[must_use]
pub fn rounds(usual: usize, soaked: usize) -> usize {
    if soaking() { soaked } else { usual }
}

/// Dice for one test. The seed is printed, and shown when the test fails.
///
/// # Panics
/// When `REALTIME_SEED` is set and no number.
#[must_use]
pub fn dice(test: &str) -> StdRng {
    let seed = environment::text("REALTIME_SEED").map_or_else(rand::random, |seed| {
        seed.parse::<u64>().expect("REALTIME_SEED is a number, as a test printed it")
    });
    println!("{test}: REALTIME_SEED={seed}");
    StdRng::seed_from_u64(seed)
}
