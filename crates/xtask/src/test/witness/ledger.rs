//! Who was to be told what, and who was told what: the judgement of a witness, without any I/O.
//!
//! Whoever does something to a call writes down here whom the product must tell of it (docs/calls.md, "Following a call"), and every device
//! what it hears. The order does not matter: an event may well arrive before the answer to the command that caused it.

mod book;
mod line;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clock::{DateTime, Utc};
use tokio::sync::watch;

use super::messages::{Call, Event};
use super::report::{FailedJoin, Phase, Report};
use book::Book;
pub(super) use book::What;
pub(super) use line::Back;
use line::Line;

/// A ring is over within so long after its deadline: a poller looks every second, and one that dies costs another one.
const GRACE: Duration = Duration::from_secs(5);

/// Why a join failed: the status if there was an answer, the code, the trace.
pub(super) type FailedAnswer = (Option<u16>, String, Option<String>);

/// Everything written down.
pub(super) struct Ledger {
    began: Instant,
    began_at: DateTime<Utc>,
    phase_began: Instant,
    phases: Vec<Phase>,
    /// A line a device.
    lines: Vec<Line>,
    /// The place of each person by their user id.
    people: HashMap<String, usize>,
    /// A book a call. A witness that runs for an hour makes some thousands.
    books: HashMap<String, Book>,
}

impl Ledger {
    /// Nothing has happened yet. `people` are user ids, each with so many devices, which are numbered through.
    pub(super) fn new(
        now: Instant,
        at: DateTime<Utc>,
        people: impl IntoIterator<Item = String>,
        devices: usize,
    ) -> Self {
        let people: HashMap<_, _> =
            people.into_iter().enumerate().map(|(place, person)| (person, place)).collect();
        let lines: Vec<Line> = (0..people.len() * devices).map(|_| Line::default()).collect();
        Self {
            began: now,
            began_at: at,
            phase_began: now,
            phases: vec![Phase::named("arrival", lines.len())],
            lines,
            people,
            books: HashMap::new(),
        }
    }

    /// What follows belongs to this phase.
    pub(super) fn begin_phase(&mut self, name: &str, now: Instant) {
        self.close_phase(now);
        self.phases.push(Phase::named(name, self.lines.len()));
        self.phase_began = now;
    }

    /// The phase of now, to count in.
    pub(super) fn phase(&mut self) -> &mut Phase {
        self.phases.last_mut().expect("there is one from the start")
    }

    pub(super) fn joined(&mut self, now: Instant, outcome: Result<Duration, FailedAnswer>) {
        let at = self.at(now);
        let phase = self.phase();
        phase.joins += 1;
        match outcome {
            Ok(took) => phase.join_ms.add(took.as_millis()),
            Err((status, code, trace_id)) => phase.failed_join(FailedJoin { at, status, code, trace_id }),
        }
    }

    /// A command was refused for good, or not answered.
    pub(super) fn command_failed(&mut self, now: Instant, what: String) {
        let at = self.at(now);
        let phase = self.phase();
        phase.commands_failed += 1;
        phase.fault(at, what);
    }

    /// How many devices have a socket.
    pub(super) fn sockets(&self) -> usize {
        self.lines.iter().filter(|line| line.has_socket()).count()
    }

    /// Rings that are under way.
    pub(super) fn ringing(&self) -> usize {
        self.books.values().filter(|book| book.is_ringing()).count()
    }

    /// A device has nothing any more that would tell it of anything.
    pub(super) fn gone(&mut self, device: usize, why: Option<&str>, now: Instant) {
        self.lines[device].gone(now);
        if let Some(why) = why {
            *self.phase().closed.entry(why.to_owned()).or_default() += 1;
        }
    }

    /// A device is told of everything again.
    pub(super) fn back(&mut self, device: usize, back: Back, now: Instant) {
        let gap = self.lines[device].back(back, now);
        let phase = self.phase();
        phase.longest_gap_ms = phase.longest_gap_ms.max(u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
        match back {
            Back::First => {}
            Back::Resumed => phase.resumed += 1,
            Back::Anew => phase.started_anew += 1,
            Back::Polling { recovered: true } => phase.polled += 1,
            Back::Polling { recovered: false } => {
                phase.polled += 1;
                phase.started_anew += 1;
            }
        }
    }

    /// The state of things that a device was told to go on from: a call of its person that is not in it is over.
    pub(super) fn snapshot(&mut self, device: usize, calls: &[Call], now: Instant) {
        for (id, book) in &mut self.books {
            if book.is_awaited_by(device) && !calls.iter().any(|call| call.id == *id) {
                book.is_gone(now);
            }
        }
    }

    /// A device heard something.
    pub(super) fn heard(&mut self, device: usize, event: &Event, now: Instant) {
        let at = self.at(now);
        let phase = self.phases.last_mut().expect("there is one from the start");
        if !self.lines[device].is_new(&event.id) {
            phase.redelivered += 1;
            return;
        }
        phase.events_received += 1;
        let Some(call) = event.call.as_ref().map(|call| &call.id).or(event.call_id.as_ref()) else {
            phase.fault(at, format!("device {device} was told {}", event.kind));
            return;
        };
        let from = event.from.as_ref().and_then(|from| self.people.get(from)).copied();
        let book = self.books.entry(call.clone()).or_insert_with(|| Book::new(now));
        book.heard(device, event, from, now, at, phase);
    }

    /// A call was made. The answer says when it is over at the latest, unless it is answered.
    pub(super) fn begins(&mut self, call: &Call, now: Instant) -> watch::Receiver<bool> {
        self.phase().calls += 1;
        let book = self.books.entry(call.id.clone()).or_insert_with(|| Book::new(now));
        book.look(call);
        book.begins()
    }

    /// These devices must be told this of the call, by something that was done at `since`.
    pub(super) fn expects(
        &mut self,
        call: &str,
        devices: impl IntoIterator<Item = usize>,
        what: What,
        since: Instant,
    ) {
        let number = self.phases.len() - 1;
        let phase = self.phases.last_mut().expect("there is one from the start");
        let Some(book) = self.books.get_mut(call) else { return };
        for device in devices {
            book.expects(device, what, since, number, phase);
        }
    }

    /// Somebody is about to answer: from now on no deadline ends it.
    pub(super) fn answers(&mut self, call: &str) {
        if let Some(book) = self.books.get_mut(call) {
            book.answered = true;
        }
    }

    /// Somebody is about to end it, which is told with this reason.
    pub(super) fn asks_for_the_end(&mut self, call: &str, reason: &'static str) {
        if let Some(book) = self.books.get_mut(call) {
            book.asked.push(reason);
        }
    }

    /// Everything up to now. What was to come counts as lost when it is overdue by so much.
    pub(super) fn report(&mut self, now: Instant, overdue: Duration) -> Report {
        self.close_phase(now);
        let mut phases = self.phases.clone();
        let at = self.at(now);
        for (id, book) in &self.books {
            book.judge(id, &self.lines, now, at, overdue, &mut phases);
        }
        Report { phases }
    }

    /// Whether something is still to come.
    pub(super) fn is_settled(&self) -> bool {
        self.books.values().all(Book::is_settled)
    }

    fn close_phase(&mut self, now: Instant) {
        let (seconds, sockets) = ((now - self.phase_began).as_secs_f64(), self.sockets());
        let gap = self.lines.iter().filter_map(|line| line.silent_for(now)).max().unwrap_or_default();
        let phase = self.phase();
        (phase.seconds, phase.sockets) = (seconds, sockets);
        phase.longest_gap_ms = phase.longest_gap_ms.max(u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
    }

    /// The wall clock's time of a moment.
    fn at(&self, now: Instant) -> DateTime<Utc> {
        self.began_at + (now - self.began)
    }
}
