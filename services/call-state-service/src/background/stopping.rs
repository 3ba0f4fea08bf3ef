//! Being asked to stop.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Tells all the work in the background to stop.
#[derive(Debug)]
pub(super) struct Stopper(watch::Sender<bool>);

/// The same, as the work sees it.
#[derive(Debug, Clone)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Stopper {
    pub(super) fn new() -> (Self, Stopping) {
        let (stopper, stopping) = watch::channel(false);
        (Self(stopper), Stopping(stopping))
    }

    pub(super) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Whether to stop. So it is when nobody is left to say so.
    pub(super) fn is_asked(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits for `pause`, or until it is to stop.
    pub(super) async fn pause(&mut self, pause: Duration) {
        // Both ends of the wait mean that there is something to do.
        let _ = timeout(pause, self.0.wait_for(|asked| *asked)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pause_ends_at_once_when_it_is_time_to_stop() {
        let (stopper, mut stopping) = Stopper::new();
        assert!(!stopping.is_asked());
        stopper.stop();
        stopping.pause(Duration::from_hours(1)).await;
        assert!(stopping.is_asked());
        let (stopper, mut stopping) = Stopper::new();
        drop(stopper);
        stopping.pause(Duration::from_hours(1)).await;
        assert!(stopping.is_asked());
    }
}
