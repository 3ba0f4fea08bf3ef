//! A conversation with one session, line by line.

use std::sync::Arc;

use signalling::{Input, Limits, Moment, Output, Session, Ticket};
use uuid::Uuid;

use crate::given::{identity, ms, news, state};
use crate::said;

pub(crate) const HELLO: &str = r#"{"type":"hello","token":"t1","device":"phone"}"#;
pub(crate) const RESUME: &str = r#"{"type":"hello","token":"t1","device":"phone","after":"c4"}"#;

/// A session and the time.
pub(crate) struct Tape {
    pub(crate) session: Session,
    pub(crate) now: Moment,
    /// Of the commands that were to be run, in order.
    pub(crate) tickets: Vec<Ticket>,
}

pub(crate) fn own_id() -> Uuid {
    Uuid::from_u128(7)
}

impl Tape {
    /// A connection that was just accepted.
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        // Time does not begin at nought.
        let now = ms(1_000_000);
        Self { session: Session::new(own_id(), Arc::new(limits), now), now, tickets: Vec::new() }
    }

    /// A client that was welcomed: no cursor, nothing going on, the token good for an hour.
    pub(crate) fn live() -> Self {
        Self::live_with(Limits::default())
    }

    pub(crate) fn live_with(limits: Limits) -> Self {
        let mut tape = Self::with(limits);
        tape.says(HELLO);
        tape.hears(Input::Verified(Ok(identity("alice", 3_600))));
        tape.hears(Input::Read(Ok(news(1, 0))));
        assert_eq!(tape.hears(Input::Snapshot(Ok(state(Vec::new())))), ["send welcome c0 - 0", "ping"]);
        tape.sends(2);
        assert_eq!(tape.hears(Input::Pong), ["open"]);
        tape.hears(Input::Opened(Ok(())));
        tape
    }

    /// Something happens.
    pub(crate) fn hears(&mut self, input: Input) -> Vec<String> {
        let outputs = self.session.on(input, self.now);
        self.tickets.extend(outputs.iter().filter_map(|output| match output {
            Output::Run { ticket, .. } => Some(*ticket),
            _ => None,
        }));
        outputs.iter().map(said::line).collect()
    }

    /// The client sends a text frame.
    pub(crate) fn says(&mut self, text: &str) -> Vec<String> {
        self.hears(Input::Text(text.to_owned()))
    }

    /// So long nothing happens, and then the time is looked at.
    pub(crate) fn waits(&mut self, milliseconds: u64) -> Vec<String> {
        self.now += ms(milliseconds);
        self.hears(Input::TimePassed)
    }

    /// Nothing happens until the next deadline. Says how long that was, in milliseconds, and what it brought.
    pub(crate) fn waits_for_deadline(&mut self) -> (u128, Vec<String>) {
        let deadline = self.session.next_deadline().unwrap();
        assert!(self.now < deadline, "a deadline is to come");
        let waited = deadline.saturating_sub(self.now);
        self.now = deadline;
        (waited.as_millis(), self.hears(Input::TimePassed))
    }

    /// Everything that was to be sent has left.
    pub(crate) fn sends(&mut self, count: usize) -> Vec<String> {
        (0..count).flat_map(|_| self.hears(Input::Sent)).collect()
    }
}
