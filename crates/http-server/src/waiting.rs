//! What a request waits for, so that one whose time is over says what was slow.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use signal_protocol::ErrorCode;

use crate::current;

/// Waits for `dependency`, without which there is no answer. If the handler's deadline strikes meanwhile, the request is answered
/// with `code`, which is that of this dependency being slow: each wait has a limit of its own, and the sum of several that are all
/// slow may be more than the whole.
pub fn waiting_for<F: Future>(code: ErrorCode, dependency: F) -> WaitingFor<F> {
    WaitingFor { code, dependency }
}

pin_project! {
    /// A wait whose end is not certain to be in time, see [`waiting_for`].
    pub struct WaitingFor<F> {
        code: ErrorCode,
        #[pin]
        dependency: F,
    }
}

impl<F: Future> Future for WaitingFor<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = this.dependency.poll(context);
        if polled.is_pending() {
            current::waits_for(*this.code);
        }
        polled
    }
}
