//! Changes that meet: how often one is tried while others change what it rests on.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::metrics::Metrics;

/// The longest pause before a change is tried for the second time. It doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// How a change is tried while others are faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// What is changed: the word for metrics.
    pub change: &'static str,
    /// How often it is tried at most, the first time included.
    pub most: u32,
    /// How long it is waited at most before it is tried again. How long really is left to chance, so that those who met do not
    /// meet again.
    pub longest_pause: Duration,
}

/// Others changed what a change rests on, each time that it was tried. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("others were faster {attempts} times")]
pub struct Contended {
    /// How often it was tried.
    pub attempts: u32,
}

/// One change, as often as it has been tried. [`Store::change`](crate::Store::change) does with it whatever reads, decides and
/// commits; what does more between a reading and the next keeps count with it alone.
#[derive(Debug)]
pub struct Contention {
    attempts: Attempts,
    lost: u32,
    metrics: Arc<Metrics>,
}

impl Contention {
    pub(crate) const fn new(attempts: Attempts, metrics: Arc<Metrics>) -> Self {
        Self { attempts, lost: 0, metrics }
    }

    /// Somebody else was faster: waits until it is to be tried again.
    ///
    /// # Errors
    /// It has been tried as often as it may be.
    pub async fn overtaken(&mut self) -> Result<(), Contended> {
        let Attempts { change, most, longest_pause } = self.attempts;
        self.lost = self.lost.saturating_add(1);
        let is_over = self.lost >= most;
        self.metrics.overtaken(change, is_over);
        if is_over {
            return Err(Contended { attempts: self.lost });
        }
        let pause = pause(self.lost, longest_pause).mul_f64(rand::random_range(0.0..=1.0));
        if !pause.is_zero() {
            sleep(pause).await;
        }
        Ok(())
    }
}

/// The longest pause after so many attempts.
fn pause(lost: u32, longest: Duration) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << lost.saturating_sub(1).min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let of =
            |longest| [1, 2, 3, 4, 5, 99].map(|lost| pause(lost, Duration::from_millis(longest)).as_millis());
        assert_eq!(of(20), [2, 4, 8, 16, 20, 20]);
        assert_eq!(of(0), [0; 6]);
    }

    #[tokio::test]
    async fn a_change_is_tried_as_often_as_it_may_be() {
        let attempts = Attempts { change: "tea", most: 3, longest_pause: Duration::ZERO };
        let metrics = Arc::new(Metrics::default());
        let mut contention = Contention::new(attempts, Arc::clone(&metrics));
        assert_eq!(contention.overtaken().await, Ok(()));
        assert_eq!(contention.overtaken().await, Ok(()));
        assert_eq!(contention.overtaken().await, Err(Contended { attempts: 3 }));
        assert_eq!(
            (metrics.overtaken_by("tea", "tried_again"), metrics.overtaken_by("tea", "given_up")),
            (2, 1)
        );
    }
}
