//! What must hold of everything that a session says.

use std::collections::{BTreeMap, VecDeque};

use signal_protocol::socket::{Close, ServerMessage};
use signalling::Output;

use crate::world::{Entry, place};

/// What was said so far, as far as it binds what may be said next.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// How much waits to be sent.
    pub(crate) waiting: usize,
    /// Whether a reading has said, since the last welcome, that its cursor cannot be served.
    pub(crate) was_lost: bool,
    pub(crate) closed: Option<Close>,
    /// Up to where the client knows everything.
    position: Option<(usize, usize)>,
    /// How often the session wanted to be written into the log, failures apart.
    pub(crate) opened: usize,
    verified: usize,
    /// By subject: what the client asked for and was not run, and what runs.
    asked: BTreeMap<String, VecDeque<String>>,
    running: BTreeMap<String, String>,
}

fn subject(request_id: &str) -> String {
    request_id.split('.').next().unwrap().to_owned()
}

impl Checks {
    /// The client has sent a command.
    pub(crate) fn asked(&mut self, request_id: &str) {
        self.asked.entry(subject(request_id)).or_default().push_back(request_id.to_owned());
    }

    pub(crate) fn is_welcomed(&self) -> bool {
        self.position.is_some()
    }

    pub(crate) fn position(&self) -> (usize, usize) {
        self.position.unwrap()
    }

    /// Whether every command was run and answered.
    pub(crate) fn is_all_done(&self) -> bool {
        self.running.is_empty() && self.asked.values().all(VecDeque::is_empty)
    }

    /// Looks at what is said next.
    pub(crate) fn of(&mut self, output: &Output, logs: &[Vec<Entry>]) {
        assert_eq!(self.closed, None, "the end is the last word: {output:?}");
        match output {
            Output::Send(message) => {
                self.waiting += 1;
                self.sent(message, logs);
            }
            Output::Ping | Output::Pong(_) => self.waiting += 1,
            Output::Run { command, .. } => {
                let subject = subject(&command.request_id);
                let first = self.asked.get_mut(&subject).unwrap().pop_front();
                assert_eq!(first.as_ref(), Some(&command.request_id), "in the order in which they came");
                assert_eq!(
                    self.running.insert(subject, command.request_id.clone()),
                    None,
                    "one after another"
                );
            }
            Output::Verify { .. } => self.verified += 1,
            Output::Open { .. } => self.opened += 1,
            Output::Read { limit, .. } => assert!(*limit > 0 && *limit <= 16),
            Output::Close(close) => self.closed = Some(*close),
            Output::Renew { .. }
            | Output::LoadSnapshot
            | Output::Acknowledge { .. }
            | Output::Notified(_) => {}
        }
        assert!(self.waiting <= 64, "the queue is bounded");
        assert!(self.verified <= 1 && self.opened <= 1, "once");
    }

    fn sent(&mut self, message: &ServerMessage, logs: &[Vec<Entry>]) {
        let is_early = matches!(message, ServerMessage::Welcome(_) | ServerMessage::Pong);
        assert!(is_early || self.position.is_some(), "nothing comes before the welcome: {message:?}");
        match message {
            ServerMessage::Welcome(welcome) => {
                let is_first = self.position.is_none();
                assert!(is_first || self.was_lost, "a second welcome has a reason");
                let is_whole = welcome.recovered == Some(true);
                assert_eq!(
                    is_whole,
                    welcome.calls.is_none(),
                    "whoever cannot go on is told how things stand"
                );
                assert!(is_first || welcome.recovered == Some(false));
                assert!(!(is_whole && self.was_lost), "a loss is never kept quiet");
                self.was_lost = false;
                self.position = place(&welcome.cursor);
            }
            ServerMessage::Event { event } => {
                let (epoch, known) = self.position();
                let (of, offset) = place(&event.cursor).unwrap();
                assert_eq!(epoch, of, "between two logs there is a welcome");
                assert!(known < offset, "nothing is told twice over one socket");
                assert!(!logs[of][known..offset - 1].contains(&Entry::Event), "nothing is left out");
                self.position = Some((of, offset));
            }
            ServerMessage::Answer(answer) => {
                let ended = self.running.remove(&subject(&answer.request_id));
                assert_eq!(ended.as_ref(), Some(&answer.request_id), "what was run is answered");
            }
            ServerMessage::Authenticated { .. } | ServerMessage::Drain { .. } | ServerMessage::Pong => {}
        }
    }
}
