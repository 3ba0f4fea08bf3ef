//! Where a connection is between one request and the next, and since when.
//!
//! One timer a connection serves all limits. It is not moved with every request; it fires once per head limit, looks
//! at where the connection is by then, and is set again to the moment that matters next.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Told by the guard what passes, and by the application when a request begins and ends.
pub(crate) struct Progress {
    phase: Cell<Phase>,
    /// The request has a body, and the application has not seen its end.
    unread_body: Cell<bool>,
    /// Something was sent since the last look: an answer that is still leaving.
    sent: Cell<bool>,
    head_limit: Duration,
    idle_limit: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Nothing has arrived since the connection was made.
    Fresh(Instant),
    /// The last request was answered, and nothing has arrived since.
    Idle(Instant),
    /// A head has begun to arrive.
    Head(Instant),
    /// A request is with the application, whose limits hold.
    Request,
    /// The application has answered without reading the body to its end, and the rest may still be coming: bytes that
    /// begin no request, and get no second answer.
    Leftover(Instant),
    /// It has become a socket, which its owner watches.
    Socket,
    /// The owner of the socket has said its last word, which may still be on its way.
    Parting,
    /// The last word was written.
    Parted,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    /// It was idle for long enough. Not worth a word: the client may have forgotten it.
    Idle,
    /// Its head takes too long.
    Slow,
}

impl Progress {
    pub(super) fn new(head_limit: Duration, idle_limit: Duration) -> Self {
        Self {
            phase: Cell::new(Phase::Fresh(Instant::now())),
            unread_body: Cell::new(false),
            sent: Cell::new(false),
            head_limit,
            idle_limit,
        }
    }

    /// The application has a request: its head was complete.
    pub(crate) fn request_began(&self, has_body: bool) {
        self.phase.set(Phase::Request);
        self.unread_body.set(has_body);
    }

    /// The application has read the request's body to its end.
    pub(crate) fn body_ended(&self) {
        self.unread_body.set(false);
    }

    pub(crate) fn has_unread_body(&self) -> bool {
        self.unread_body.get()
    }

    /// The application has answered.
    pub(crate) fn answered(&self, now: Instant) {
        self.phase.set(if self.has_unread_body() { Phase::Leftover(now) } else { Phase::Idle(now) });
    }

    /// The connection has become a socket.
    pub(crate) fn upgraded(&self) {
        self.phase.set(Phase::Socket);
    }

    /// Nothing will be added to what is on its way to the client.
    pub(crate) fn parting(&self) {
        self.phase.set(Phase::Parting);
    }

    /// Nothing is on its way any more.
    pub(crate) fn parted(&self) {
        self.phase.set(Phase::Parted);
    }

    /// Whether it has become a socket, whatever came of that.
    pub(super) fn was_upgraded(&self) -> bool {
        matches!(self.phase.get(), Phase::Socket | Phase::Parting | Phase::Parted)
    }

    /// Whether it is up to somebody else how long the client may take.
    pub(super) fn is_socket(&self) -> bool {
        matches!(self.phase.get(), Phase::Socket)
    }

    /// Whether nothing will be written any more.
    pub(super) fn has_parted(&self) -> bool {
        matches!(self.phase.get(), Phase::Parted)
    }

    /// Bytes have arrived.
    pub(super) fn received(&self) {
        match self.phase.get() {
            Phase::Fresh(_) | Phase::Idle(_) => self.phase.set(Phase::Head(Instant::now())),
            Phase::Head(_)
            | Phase::Request
            | Phase::Leftover(_)
            | Phase::Socket
            | Phase::Parting
            | Phase::Parted => {}
        }
    }

    /// Bytes are leaving.
    pub(super) fn sent(&self) {
        self.sent.set(true);
    }

    /// Whether the connection ends now.
    pub(super) fn judge(&self, now: Instant) -> Option<Expired> {
        let sent = self.sent.take();
        let (since, limit, expired) = match self.phase.get() {
            Phase::Idle(_) if sent => {
                self.phase.set(Phase::Idle(now));
                return None;
            }
            Phase::Leftover(_) if sent => {
                self.phase.set(Phase::Leftover(now));
                return None;
            }
            Phase::Idle(since) => (since, self.idle_limit, Expired::Idle),
            Phase::Fresh(since) | Phase::Leftover(since) => (since, self.head_limit, Expired::Idle),
            Phase::Head(since) => (since, self.head_limit, Expired::Slow),
            Phase::Request | Phase::Socket | Phase::Parting | Phase::Parted => return None,
        };
        (now >= since + limit).then_some(expired)
    }

    /// When to judge next: at the end of what is going on, and no later than a head that begins now could be late.
    pub(super) fn look_again(&self, now: Instant) -> Instant {
        let latest = now + self.head_limit;
        match self.phase.get() {
            Phase::Fresh(since) | Phase::Head(since) | Phase::Leftover(since) => {
                latest.min(since + self.head_limit)
            }
            Phase::Idle(since) => latest.min(since + self.idle_limit),
            Phase::Request | Phase::Socket | Phase::Parting | Phase::Parted => latest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Duration = Duration::from_secs(5);
    const NEARLY_HEAD: Duration = Duration::from_millis(4_999);
    const IDLE: Duration = Duration::from_secs(150);
    const NEARLY_IDLE: Duration = Duration::from_millis(149_999);
    const SECOND: Duration = Duration::from_secs(1);

    fn in_phase(phase: Phase) -> Progress {
        let progress = Progress::new(HEAD, IDLE);
        progress.phase.set(phase);
        progress
    }

    #[test]
    fn each_phase_has_its_limit_and_its_end() {
        let start = Instant::now();
        for (phase, after, expired) in [
            (Phase::Fresh(start), NEARLY_HEAD, None),
            (Phase::Fresh(start), HEAD, Some(Expired::Idle)),
            (Phase::Head(start), NEARLY_HEAD, None),
            (Phase::Head(start), HEAD, Some(Expired::Slow)),
            (Phase::Idle(start), NEARLY_IDLE, None),
            (Phase::Idle(start), IDLE, Some(Expired::Idle)),
            (Phase::Leftover(start), NEARLY_HEAD, None),
            (Phase::Leftover(start), HEAD, Some(Expired::Idle)),
            (Phase::Request, IDLE * 10, None),
        ] {
            assert_eq!(in_phase(phase).judge(start + after), expired, "{phase:?} after {after:?}");
        }
    }

    #[test]
    fn what_comes_after_an_early_answer_is_the_rest_of_a_body_and_no_head() {
        let start = Instant::now();
        for (has_body, read, expired) in
            [(false, false, Expired::Slow), (true, true, Expired::Slow), (true, false, Expired::Idle)]
        {
            let progress = in_phase(Phase::Fresh(start));
            progress.request_began(has_body);
            if read {
                progress.body_ended();
            }
            progress.answered(start);
            progress.received();
            let later = Instant::now() + HEAD;
            assert_eq!(progress.judge(later), Some(expired), "body {has_body}, read {read}");
        }
    }

    #[test]
    fn a_head_that_begins_while_the_connection_was_idle_is_not_judged_late() {
        let start = Instant::now();
        let progress = in_phase(Phase::Idle(start));
        assert_eq!(progress.look_again(start), start + HEAD);
        progress.phase.set(Phase::Head(start + SECOND));
        assert_eq!(progress.judge(start + HEAD), None);
        assert_eq!(progress.look_again(start + HEAD), start + SECOND + HEAD);
    }

    #[test]
    fn an_answer_that_is_still_leaving_is_not_idle() {
        let start = Instant::now();
        let progress = in_phase(Phase::Idle(start));
        progress.sent();
        assert_eq!(progress.judge(start + IDLE), None);
        assert_eq!(progress.judge(start + IDLE + SECOND), None);
        assert_eq!(progress.judge(start + IDLE * 2), Some(Expired::Idle));

        let progress = in_phase(Phase::Leftover(start));
        progress.sent();
        assert_eq!(progress.judge(start + HEAD), None);
        assert_eq!(progress.judge(start + HEAD * 2), Some(Expired::Idle));
    }
}
