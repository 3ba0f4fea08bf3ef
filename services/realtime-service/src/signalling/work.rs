//! What a socket has under way beside its messages, and what came of it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use identity::Caller;
use signal_protocol::socket::Close;
use signal_protocol::{RoomId, UserId};
use signalling::{Input, NoPeer};

/// What came of something.
pub(super) enum Done {
    /// Whose token it is, which the task itself has to know as well.
    Verified(Result<Arc<Caller>, Close>),
    /// Whom a client calls that calls a room.
    FoundPeer { room: RoomId, peer: Result<UserId, NoPeer> },
    /// Anything else.
    Told(Box<Input>),
}

/// Everything that is under way, in the task of its socket. The session bounds how much that is: one of each kind, and its
/// commands.
#[derive(Default)]
pub(super) struct Work(Vec<LocalBoxFuture<'static, Done>>);

impl Work {
    pub(super) fn begin(&mut self, work: impl Future<Output = Done> + 'static) {
        self.0.push(work.boxed_local());
    }

    /// The same for what only the session has to know.
    pub(super) fn tell(&mut self, work: impl Future<Output = Input> + 'static) {
        self.begin(async { Done::Told(Box::new(work.await)) });
    }

    /// What came of the next that is done. Waits for ever while nothing is under way. Nothing is lost if this is dropped.
    pub(super) async fn next(&mut self) -> Done {
        poll_fn(|context| {
            for at in 0..self.0.len() {
                if let Poll::Ready(done) = self.0[at].poll_unpin(context) {
                    drop(self.0.swap_remove(at));
                    if self.0.is_empty() {
                        // A socket is idle most of its life.
                        self.0 = Vec::new();
                    }
                    return Poll::Ready(done);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Sees to what is under way without anybody who wants to know what comes of it, and drops `kept` after it. All of it has
    /// limits of its own.
    pub(super) fn finish(mut self, kept: impl Sized + 'static) {
        if !self.0.is_empty() {
            actix_web::rt::spawn(async move {
                while !self.0.is_empty() {
                    self.next().await;
                }
                drop(kept);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot::{self, error::TryRecvError};

    use super::*;

    #[test]
    fn what_is_kept_for_the_work_lasts_as_long_and_no_longer() {
        actix_web::rt::System::new().block_on(async {
            let (kept, mut is_dropped) = oneshot::channel::<()>();
            let (goes_on, may_go_on) = oneshot::channel::<()>();
            let mut work = Work::default();
            work.tell(may_go_on.map(|_| Input::Rung));
            work.finish(kept);
            actix_web::rt::task::yield_now().await;
            assert_eq!(is_dropped.try_recv(), Err(TryRecvError::Empty));
            goes_on.send(()).expect("it waits");
            assert!(is_dropped.await.is_err(), "it was dropped");
            let (kept, is_dropped) = oneshot::channel::<()>();
            Work::default().finish(kept);
            assert!(is_dropped.await.is_err(), "with nothing to do, at once");
        });
    }

    #[tokio::test]
    async fn whatever_is_done_first_is_told_first() {
        let mut work = Work::default();
        work.tell(pending());
        work.tell(async { Input::Rung });
        work.tell(pending());
        assert!(matches!(work.next().await, Done::Told(input) if matches!(*input, Input::Rung)));
        assert_eq!(work.0.len(), 2);
    }
}
