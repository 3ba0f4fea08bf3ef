//! Single requests by which a histogram can be understood: the trace of one in each bucket.
//!
//! One is kept for each bucket until it has been scraped, and then until the next comes. So most requests only look whether one is wanted,
//! and neither ask for their trace nor for the time.

use std::array;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use clock::{DateTime, Utc};

use super::BOUNDS;

const BUCKETS: usize = BOUNDS.len() + 1;

/// A request that stands for others.
#[derive(Debug, Clone)]
pub(super) struct Exemplar {
    trace_id: String,
    seconds: f64,
    at: DateTime<Utc>,
}

/// Those of one worker and one combination.
#[derive(Debug, Default)]
pub(super) struct Exemplars {
    /// Whether a bucket has one that was not scraped yet.
    fresh: [AtomicBool; BUCKETS],
    kept: Mutex<[Option<Exemplar>; BUCKETS]>,
}

impl Exemplars {
    /// A request belongs to this bucket. It is kept if one is wanted, and its trace is exported.
    pub(super) fn offer(
        &self,
        bucket: usize,
        seconds: f64,
        trace: impl FnOnce() -> Option<(String, DateTime<Utc>)>,
    ) {
        if self.fresh[bucket].load(Ordering::Relaxed) {
            return;
        }
        if let Some((trace_id, at)) = trace() {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept[bucket] = Some(Exemplar { trace_id, seconds, at });
            self.fresh[bucket].store(true, Ordering::Relaxed);
        }
    }

    /// Puts the newer ones of these into `newest`; from now on others are wanted.
    pub(super) fn scrape(&self, newest: &mut [Option<Exemplar>; BUCKETS]) {
        let kept = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            self.fresh.iter().for_each(|fresh| fresh.store(false, Ordering::Relaxed));
            array::from_fn::<_, BUCKETS, _>(|bucket| kept[bucket].clone())
        };
        for (newest, own) in newest.iter_mut().zip(kept) {
            let is_newer = |own: &Exemplar| newest.as_ref().is_none_or(|other| other.at < own.at);
            if own.as_ref().is_some_and(is_newer) {
                *newest = own;
            }
        }
    }
}

/// As `OpenMetrics` has it behind the count of a bucket.
impl fmt::Display for Exemplar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, seconds, at } = self;
        let millis = at.timestamp_millis();
        let (whole, rest) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
        write!(formatter, r#"# {{trace_id="{trace_id}"}} {seconds:?} {whole}.{rest:03}"#)
    }
}
