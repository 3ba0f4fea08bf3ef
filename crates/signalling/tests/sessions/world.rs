//! A session with a log, a driver and a client, all of which do what a case says.

use std::sync::{Arc, LazyLock};

use signal_protocol::socket::{ClientMessage, Close};
use signal_protocol::{ErrorCode, Event};
use signalling::{Input, Limits, Moment, News, Output, Session, Ticket};
use uuid::Uuid;

use crate::checks::Checks;
use crate::given::{TWO, answer, call, call_event, command, identity, ms, state, wall};
use crate::steps::{Step, Word};
use crate::tape::own_id;

/// One entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Event,
    Opened(Uuid),
}

/// Something that is under way.
#[derive(Debug)]
enum Task {
    Verify,
    Renew,
    /// A reading. What it sees is settled when it begins or when it ends.
    Read {
        after: Option<String>,
        limit: usize,
        seen: Option<News>,
    },
    Open {
        session: Uuid,
    },
    Snapshot,
    Run {
        ticket: Ticket,
        request_id: String,
    },
    Acknowledge,
}

/// All there is.
pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) checks: Checks,
    now: Moment,
    /// The logs that there were; the last one is the present one. An entry's offset is its place, from 1.
    pub(crate) logs: Vec<Vec<Entry>>,
    under_way: Vec<Task>,
    rings: usize,
    /// As what the session stands in a log, once it does.
    own: Option<Uuid>,
    /// Whether a log was lost in which the session stood. A newer one may have been opened where it has not looked: both
    /// go on then, until one of the clients does not answer pings.
    pub(crate) has_lost_itself: bool,
    readings: usize,
    commands: usize,
}

impl World {
    /// A client that has just said `hello`, with such a cursor.
    pub(crate) fn new(after: Option<&str>) -> Self {
        let now = ms(50_000);
        let limits = Limits { read_ahead: 16, queue: 64, burst: 60, ..Limits::default() };
        let mut world = Self {
            session: Session::new(own_id(), Arc::new(limits), now),
            checks: Checks::default(),
            now,
            logs: vec![vec![Entry::Event; 20]],
            under_way: Vec::new(),
            rings: 0,
            own: None,
            has_lost_itself: false,
            readings: 0,
            commands: 0,
        };
        let after = after.map_or(String::new(), |after| format!(r#","after":"{after}""#));
        world.tell(Input::Text(format!(r#"{{"type":"hello","token":"t","device":"phone"{after}}}"#)));
        world
    }

    pub(crate) fn happen(&mut self, step: &Step) {
        match step {
            Step::Say(word) => self.say(*word),
            Step::Finish { which, fails } => self.finish(*which, *fails),
            Step::Append { count } => self.append(&vec![Entry::Event; usize::from(*count)]),
            Step::Ring if self.rings > 0 => {
                self.rings -= 1;
                self.tell(Input::Rung);
            }
            Step::Ring => {}
            Step::Lose => {
                self.logs.push(Vec::new());
                self.rings += 1;
            }
            Step::Send { count } => (0..*count).for_each(|_| self.send()),
            Step::Pass { milliseconds } => {
                self.now += ms((*milliseconds).into());
                self.tell(Input::TimePassed);
            }
            Step::Deadline => {
                self.now = self.session.next_deadline().unwrap_or(self.now);
                self.tell(Input::TimePassed);
            }
            // One that is written down before this one may as well be an older one.
            Step::Replace => {
                let other = if self.own.is_some() { Uuid::max() } else { Uuid::from_u128(8) };
                self.append(&[Entry::Opened(other)]);
            }
            Step::Drain { after_ms } => self.tell(Input::Draining { after: ms(u64::from(*after_ms) + 1) }),
            Step::End => self.tell(Input::Ending),
            Step::Revoke => self.tell(Input::Revoked),
            Step::Break => self.tell(Input::Gone),
        }
    }

    /// Nothing new happens, and everything that is under way comes to its end.
    pub(crate) fn run_out(&mut self) {
        for _ in 0..10_000 {
            self.send();
            if self.rings > 0 {
                self.happen(&Step::Ring);
            } else if !self.under_way.is_empty() {
                self.finish(0, false);
            } else if self.session.is_over() || (self.checks.waiting == 0 && !self.is_behind()) {
                return;
            } else if self.checks.waiting == 0 {
                // Something had failed and is tried again.
                self.tell(Input::Pong);
                self.happen(&Step::Pass { milliseconds: 500 });
            }
        }
        panic!("it does not come to rest: {:?}", self.session);
    }

    /// Whether something has happened that the client was not told of.
    pub(crate) fn is_behind(&self) -> bool {
        let (epoch, offset) = self.checks.position();
        let last = self.logs.len() - 1;
        epoch != last || self.logs[last][offset..].contains(&Entry::Event)
    }

    /// Whether a newer socket was opened, in the present log.
    pub(crate) fn is_replaced(&self) -> bool {
        self.logs.last().unwrap().contains(&Entry::Opened(Uuid::max()))
    }

    fn append(&mut self, entries: &[Entry]) {
        self.logs.last_mut().unwrap().extend(entries);
        self.rings += 1;
    }

    fn send(&mut self) {
        if self.checks.waiting > 0 {
            self.checks.waiting -= 1;
            self.tell(Input::Sent);
        }
    }

    fn say(&mut self, word: Word) {
        let input = match word {
            Word::Command { subject } => {
                self.commands += 1;
                let call = format!("0198c5a0-7c3e-7d5a-8f00-00000000000{subject}");
                let request_id = format!("{subject}.{}", self.commands);
                self.checks.asked(&request_id);
                Input::Message(Ok(ClientMessage::Command(command(&request_id, "call.ringing", &call))))
            }
            Word::Authenticate => Input::Text(r#"{"type":"authenticate","token":"t"}"#.to_owned()),
            Word::Ack => Input::Text(r#"{"type":"ack","cursor":"0.0"}"#.to_owned()),
            Word::Ping => Input::Text(r#"{"type":"ping"}"#.to_owned()),
            Word::Pong => Input::Pong,
            Word::Bye => Input::Text(r#"{"type":"bye"}"#.to_owned()),
            Word::Nonsense => Input::Text("nonsense".to_owned()),
        };
        self.tell(input);
    }

    fn finish(&mut self, which: usize, fails: bool) {
        if self.under_way.is_empty() {
            return;
        }
        let down = ErrorCode::StoreUnavailable;
        let input = match self.under_way.swap_remove(which % self.under_way.len()) {
            Task::Verify | Task::Renew if fails => Input::Verified(Err(Close::Unavailable(down))),
            Task::Verify | Task::Renew => Input::Verified(Ok(identity("alice", 3_600))),
            Task::Read { .. } if fails => Input::Read(Err(down)),
            Task::Read { after, limit, seen } => {
                let news = seen.unwrap_or_else(|| self.read(after.as_deref(), limit));
                self.checks.was_lost |= !news.recovered;
                self.has_lost_itself |= !news.recovered && self.own.is_some();
                Input::Read(Ok(news))
            }
            Task::Open { .. } if fails => {
                self.checks.opened -= 1;
                Input::Opened(Err(down))
            }
            Task::Open { session } => {
                self.own = Some(session);
                self.append(&[Entry::Opened(session)]);
                Input::Opened(Ok(()))
            }
            Task::Snapshot if fails => Input::Snapshot(Err(down)),
            Task::Snapshot => Input::Snapshot(Ok(state(Vec::new()))),
            Task::Run { ticket, request_id } => {
                Input::Answered { ticket, answer: answer(&request_id, 204, None) }
            }
            Task::Acknowledge => Input::Acknowledged(true),
        };
        self.tell(input);
    }

    /// Reads the present log.
    fn read(&self, after: Option<&str>, limit: usize) -> News {
        let (epoch, log) = (self.logs.len() - 1, self.logs.last().unwrap());
        let position =
            after.map(|after| place(after).filter(|(of, offset)| *of == epoch && *offset <= log.len()));
        let mut news = News {
            events: Vec::new(),
            cursor: format!("{epoch}.{}", log.len()),
            recovered: position != Some(None),
            server_now: wall(),
            sessions: Vec::new(),
            unconsumed: false,
        };
        let Some(Some((_, mut offset))) = position else { return news };
        while offset < log.len() && news.events.len() < limit {
            offset += 1;
            match log[offset - 1] {
                Entry::Event => news.events.push(event(epoch, offset)),
                Entry::Opened(id) => news.sessions.push(id),
            }
        }
        news.cursor = format!("{epoch}.{offset}");
        news
    }

    /// Tells the session, and does what it says.
    fn tell(&mut self, input: Input) {
        let was_over = self.session.is_over();
        let outputs = self.session.on(input, self.now);
        assert!(outputs.is_empty() || !was_over, "nothing is said after the end: {outputs:?}");
        for output in outputs {
            self.checks.of(&output, &self.logs);
            self.begin(output);
        }
        assert_eq!(self.session.next_deadline().is_none(), self.session.is_over());
        if let Some(deadline) = self.session.next_deadline() {
            assert!(self.now < deadline, "a deadline that has come was dealt with");
        }
    }

    fn begin(&mut self, output: Output) {
        let task = match output {
            Output::Verify { .. } => Task::Verify,
            Output::Renew { .. } => Task::Renew,
            Output::Read { after, limit } => {
                self.readings += 1;
                let sees_now = self.readings.is_multiple_of(2);
                let seen = sees_now.then(|| self.read(after.as_deref(), limit));
                Task::Read { after, limit, seen }
            }
            Output::Open { session } => Task::Open { session },
            Output::LoadSnapshot => Task::Snapshot,
            Output::Run { ticket, command } => Task::Run { ticket, request_id: command.request_id },
            Output::Acknowledge { .. } => Task::Acknowledge,
            Output::Notified(_) | Output::Send(_) | Output::Ping | Output::Pong(_) | Output::Close(_) => {
                return;
            }
        };
        let is_one_at_a_time = !matches!(task, Task::Run { .. });
        let is_same = |other: &Task| std::mem::discriminant(other) == std::mem::discriminant(&task);
        assert!(!(is_one_at_a_time && self.under_way.iter().any(is_same)), "one at a time: {task:?}");
        self.under_way.push(task);
    }
}

/// The log and the offset of a cursor.
pub(crate) fn place(cursor: &str) -> Option<(usize, usize)> {
    let (epoch, offset) = cursor.split_once('.')?;
    Some((epoch.parse().ok()?, offset.parse().ok()?))
}

fn event(epoch: usize, offset: usize) -> Event {
    static SOME: LazyLock<Event> =
        LazyLock::new(|| call_event(1, "call.updated", &call(TWO, 1, "active", "declined")));
    Event { cursor: format!("{epoch}.{offset}"), ..SOME.clone() }
}
