//! One connection, and the knowledge whether it still is one.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// One that nobody looks after is made anew when it was not used for so long: what stands between may have forgotten it.
pub(super) const IDLE: Duration = Duration::from_secs(30);

/// A connection whose end is known at once, without sending anything: the client library's own end with an error at their
/// next use, which might be a command that then may or may not have happened.
pub(super) struct Connection {
    pub(super) commands: MultiplexedConnection,
    pub(super) end: End,
}

/// The task that reads and writes for a connection; the connection ends with it.
pub(super) struct End {
    task: AbortHandle,
    over: watch::Receiver<()>,
}

impl End {
    /// Runs what the client library gives beside a connection.
    pub(super) fn of(driver: impl Future<Output = ()> + Send + 'static) -> Self {
        let (running, over) = watch::channel(());
        let task = tokio::spawn(async move {
            driver.await;
            // However the task ends, aborted included, this goes with it.
            drop(running);
        });
        Self { task: task.abort_handle(), over }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.has_changed().is_err()
    }

    pub(super) async fn over(&self) {
        // Nothing is ever sent: it changes by its end alone.
        let _ended = self.over.clone().changed().await;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.task.abort();
    }
}
