//! A store of limiter states with a bound on how many it keeps.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{NotKeyed, StateStore};
use std::sync::Mutex;

/// Below this many keys nobody looks for some to forget.
const FEW: usize = 1024;
/// A full store whose keys are all in use is not searched again for this long.
const BETWEEN_SEARCHES: Duration = Duration::from_secs(1);

/// States by key; beyond the bound, new keys are measured as if they were fresh and are not kept.
pub(super) struct Bounded<K: Hash + Eq + Clone> {
    states: DashMapStateStore<K>,
    room: Arc<Room>,
}

/// How full a store is; shared with the limiter, which alone can tell what may be forgotten.
pub(super) struct Room {
    most: usize,
    forget_at: AtomicUsize,
    crowded: AtomicBool,
    searched: Mutex<Option<Instant>>,
}

impl<K: Hash + Eq + Clone> Bounded<K> {
    pub(super) fn new(most: usize) -> Self {
        let room = Room {
            most,
            forget_at: AtomicUsize::new(FEW.min(most)),
            crowded: AtomicBool::new(false),
            searched: Mutex::new(None),
        };
        Self { states: DashMapStateStore::default(), room: Arc::new(room) }
    }

    pub(super) fn room(&self) -> Arc<Room> {
        Arc::clone(&self.room)
    }
}

impl Room {
    /// Whether it is time to forget keys; says so to one caller only.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::Relaxed)
            && self.crowded.swap(false, Ordering::Relaxed)
            && self.searched.lock().is_ok_and(|mut searched| {
                let due = searched.is_none_or(|at| at.elapsed() >= BETWEEN_SEARCHES);
                let due = due || self.forget_at.load(Ordering::Relaxed) < self.most;
                if due {
                    *searched = Some(Instant::now());
                }
                due
            })
    }

    /// Keys were forgotten and `left` remain. Searching again when there are twice as many makes the cost of a search
    /// a constant for each new key.
    pub(super) fn forgot(&self, left: usize) {
        self.forget_at.store((2 * left).max(FEW).min(self.most), Ordering::Relaxed);
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        if let Some(state) = self.states.get(key) {
            return state.measure_and_replace(&NotKeyed::NonKey, measure);
        }
        let kept = self.states.len();
        if kept >= self.room.forget_at.load(Ordering::Relaxed) {
            self.room.crowded.store(true, Ordering::Relaxed);
        }
        if kept >= self.room.most {
            return measure(None).map(|(value, _)| value);
        }
        self.states.measure_and_replace(key, measure)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Bounded<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.states.retain_recent(drop_below);
    }

    fn len(&self) -> usize {
        self.states.len()
    }

    fn is_empty(&self) -> bool {
        self.states.is_empty()
    }
}
