//! How long a client may leave an answer untaken.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// Armed while the socket takes nothing, which hardly ever happens: answers fit into its buffer unless the client
/// does not read. So it is a timer of its own, and an honest client's connection never has one.
pub(super) struct Stall {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, timer: None }
    }

    /// The socket has taken something.
    pub(super) fn moved(&mut self) {
        self.timer = None;
    }

    /// Completes when the socket, which takes nothing now, has taken nothing for too long.
    pub(super) fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.timer.get_or_insert_with(|| Box::pin(sleep(self.limit))).as_mut().poll(context)
    }
}
