//! The task that listens to one tenant's bell.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use signal_protocol::Tenant;
use store::{Brought, Heard, Ring, Store};
use telemetry::after_panics;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tracing::error;

use crate::metrics::Metrics;
use crate::waiters::Waiters;

/// The pause after a panic, which the next start would probably meet again. Short, because everybody waits meanwhile.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

/// How long what came with the bell is held at least, and half of how long at most: it is read within milliseconds, or not at
/// all. It is what people's devices tell each other, and is not to stay here.
const HOLD: Duration = Duration::from_millis(500);

/// How much of it is held at most. Of more the oldest goes, and is read from the log.
const MOST_HELD: usize = 1_000;

/// A listening task; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Wakes `waiters` whenever the bell of `tenant` rings for them.
pub(crate) fn listen(store: Store, tenant: Tenant, waiters: Waiters, metrics: Metrics) -> Listener {
    Listener(tokio::spawn(async move {
        let start = || attend(store.clone(), tenant.clone(), waiters.clone(), metrics.clone());
        let tell = || error!(tenant.id = %tenant, "bell.listener_ended");
        after_panics(PAUSE_AFTER_PANIC, start, tell).await;
    }))
}

async fn attend(store: Store, tenant: Tenant, waiters: Waiters, metrics: Metrics) {
    // Its first word is that something may have been missed, which after a panic it has.
    let mut bell = store.bell(&tenant);
    let mut held = Held::default();
    // One timer for all that is held: with one for each, every word would wake this task twice, and setting the timer would wake
    // the thread.
    let mut look = pin!(sleep(HOLD));
    loop {
        if let Some(at) = held.look_at
            && at != look.deadline()
        {
            look.as_mut().reset(at);
        }
        let ring = tokio::select! {
            ring = bell.next() => ring,
            () = &mut look, if held.look_at.is_some() => {
                held.let_go(Instant::now());
                continue;
            }
        };
        match ring {
            Ring::Words(words) => {
                metrics.rang(words.len());
                for Heard { word, brought } in words {
                    if waiters.wake(&word, brought.as_ref())
                        && let Some(brought) = brought
                    {
                        held.hold(brought, Instant::now());
                    }
                }
            }
            Ring::Missed => {
                metrics.missed();
                waiters.wake_all();
            }
        }
    }
}

/// What came with the bell, for as long as those who were woken may take it.
struct Held<T = Brought> {
    words: VecDeque<(Instant, Arc<T>)>,
    /// When to let go of what is old by then, if there is anything.
    look_at: Option<Instant>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { words: VecDeque::new(), look_at: None }
    }
}

impl<T> Held<T> {
    fn hold(&mut self, brought: Arc<T>, now: Instant) {
        if self.words.len() == MOST_HELD {
            self.words.pop_front();
        }
        self.words.push_back((now, brought));
        self.look_at.get_or_insert(now + HOLD);
    }

    fn let_go(&mut self, now: Instant) {
        self.words.retain(|(since, _)| now.duration_since(*since) < HOLD);
        self.look_at = (!self.words.is_empty()).then_some(now + HOLD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_held_for_half_a_second_and_for_no_more_than_a_whole_one() {
        let mut held = Held::default();
        let mut came = Vec::new();
        let begun = Instant::now();
        for millisecond in 0..4_000 {
            let now = begun + Duration::from_millis(millisecond);
            if held.look_at.is_some_and(|at| at <= now) {
                held.let_go(now);
            }
            if millisecond % 70 == 0 && millisecond < 3_000 {
                let brought = Arc::new(());
                came.push((now, Arc::downgrade(&brought)));
                held.hold(brought, now);
            }
            for (since, brought) in &came {
                let (age, is_held) = (now - *since, brought.strong_count() > 0);
                assert!(if is_held { age < 2 * HOLD } else { age >= HOLD }, "{is_held} after {age:?}");
            }
        }
        assert!(held.look_at.is_none() && came.iter().all(|(_, brought)| brought.strong_count() == 0));
    }
}
