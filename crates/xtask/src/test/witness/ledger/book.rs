//! One call: what each device was to be told of it and was told, and how it ended.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clock::{DateTime, Utc};
use tokio::sync::watch;

use super::GRACE;
use super::line::Line;
use crate::test::witness::messages::{Call, Event, Payload};
use crate::test::witness::report::Phase;

/// How long after its end a call may still be without its last event where nobody said how much is too much.
const NEVER_ENDED: Duration = Duration::from_secs(15);

/// What a device is told of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum What {
    Ringing,
    Updated,
    Accepted,
    Stopped,
    Ended,
    /// A signal of the person at this place, with this number; one without a number is number 0.
    Signal {
        from: usize,
        number: u32,
    },
}

pub(super) struct Book {
    pub(super) answered: bool,
    /// The reasons for which somebody has asked it to end.
    pub(super) asked: Vec<&'static str>,
    began: bool,
    expires_at: Option<DateTime<Utc>>,
    ended: watch::Sender<bool>,
    trace_id: String,
    born: Instant,
    devices: HashMap<usize, Seen>,
}

/// What one device was told.
#[derive(Default)]
struct Seen {
    heard: Vec<(What, Instant)>,
    waiting: Vec<Waiting>,
    version: u64,
    /// The highest number of a signal, by whom it was from.
    numbers: HashMap<usize, u32>,
    is_over: bool,
}

/// What it was not told yet.
struct Waiting {
    what: What,
    since: Instant,
    /// The number of the phase.
    phase: usize,
}

impl Book {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            answered: false,
            asked: Vec::new(),
            began: false,
            expires_at: None,
            ended: watch::Sender::new(false),
            trace_id: String::new(),
            born: now,
            devices: HashMap::new(),
        }
    }

    pub(super) fn begins(&mut self) -> watch::Receiver<bool> {
        self.began = true;
        self.ended.subscribe()
    }

    pub(super) fn is_ringing(&self) -> bool {
        self.began && !self.answered && self.asked.is_empty() && !*self.ended.borrow()
    }

    pub(super) fn is_settled(&self) -> bool {
        self.devices.values().all(|seen| seen.waiting.is_empty())
    }

    /// Whether this device would be told of its end.
    pub(super) fn is_awaited_by(&self, device: usize) -> bool {
        self.devices.contains_key(&device) && !*self.ended.borrow()
    }

    /// It is not among the live calls any more.
    pub(super) fn is_gone(&mut self, now: Instant) {
        // A call that is just being made may be missing in a state that was read before.
        if now - self.born > GRACE {
            self.ended.send_replace(true);
        }
    }

    /// Takes from a view what the call is judged by.
    pub(super) fn look(&mut self, call: &Call) {
        self.trace_id.clone_from(&call.trace_id);
        if call.expires_at.is_some() {
            self.expires_at = call.expires_at;
        }
    }

    pub(super) fn expects(
        &mut self,
        device: usize,
        what: What,
        since: Instant,
        number: usize,
        phase: &mut Phase,
    ) {
        phase.events_expected += 1;
        let seen = self.devices.entry(device).or_default();
        match seen.heard.iter().find(|(heard, _)| *heard == what) {
            Some((_, at)) => phase.event_ms.add(at.saturating_duration_since(since).as_millis()),
            None => seen.waiting.push(Waiting { what, since, phase: number }),
        }
    }

    pub(super) fn heard(
        &mut self,
        device: usize,
        event: &Event,
        from: Option<usize>,
        now: Instant,
        at: DateTime<Utc>,
        phase: &mut Phase,
    ) {
        let Some(what) = what(event, from) else {
            phase.fault(at, format!("device {device} was told {}", event.kind));
            return;
        };
        if let Some(call) = &event.call {
            self.look(call);
        }
        if let Some(call) = event.call.as_ref().filter(|_| what == What::Ended) {
            self.ends(call, event.at, at, phase);
        }
        let seen = self.devices.entry(device).or_default();
        let told = || format!("device {device} was told {what:?} of call trace {}", self.trace_id);
        if seen.is_double(what) {
            phase.doubled += 1;
            phase.fault(at, format!("{} twice", told()));
        } else if !seen.is_in_order(what, event.call.as_ref()) {
            phase.reordered += 1;
            phase.fault(at, format!("{} after a later event", told()));
        }
        if let Some(call) = &event.call {
            seen.version = seen.version.max(call.version);
        }
        seen.take(what, now, phase);
    }

    /// The call has ended, and a device is told so: maybe not the first one.
    fn ends(&mut self, call: &Call, ended_at: DateTime<Utc>, at: DateTime<Utc>, phase: &mut Phase) {
        if self.ended.send_replace(true) {
            return;
        }
        let reason = call.reason.as_deref().unwrap_or_default();
        let timed_out = matches!(reason, "no_answer" | "unreachable") && !self.answered;
        let deadline = self.expires_at.filter(|_| timed_out);
        let asked = self.asked.contains(&reason);
        if !asked && deadline.is_none_or(|deadline| ended_at < deadline) {
            phase.calls_ended_unasked += 1;
            phase.fault(at, format!("a call ended unasked, {reason}, trace {}", self.trace_id));
        }
        if let Some(late) = deadline.map(|deadline| ended_at - deadline)
            && late.to_std().is_ok_and(|late| late > GRACE)
        {
            phase.rings_stuck += 1;
            phase.fault(
                at,
                format!(
                    "a ring went on for {} ms beyond its deadline, trace {}",
                    late.num_milliseconds(),
                    self.trace_id
                ),
            );
        }
    }

    /// Counts what has not come, in the phase in which it was to come.
    pub(super) fn judge(
        &self,
        id: &str,
        lines: &[Line],
        now: Instant,
        at: DateTime<Utc>,
        overdue: Duration,
        phases: &mut [Phase],
    ) {
        for (&device, seen) in &self.devices {
            let missing = seen.waiting.iter().filter(|waiting| now - waiting.since >= overdue);
            for waiting in missing.filter(|waiting| !lines[device].started_anew_after(waiting.since)) {
                let phase = &mut phases[waiting.phase];
                phase.lost += 1;
                phase.fault(
                    at,
                    format!(
                        "device {device} was never told {:?} of call {id}, trace {}",
                        waiting.what, self.trace_id
                    ),
                );
            }
        }
        let is_overdue = self.expires_at.is_some_and(|deadline| at > deadline + NEVER_ENDED);
        if let Some(phase) = phases.last_mut()
            && self.is_ringing()
            && is_overdue
        {
            phase.rings_stuck += 1;
            phase.fault(at, format!("call {id} still rings, trace {}", self.trace_id));
        }
    }
}

impl Seen {
    fn is_double(&self, what: What) -> bool {
        match what {
            // Any number of other changes is told in this way, and signals without a number are not told apart.
            What::Updated | What::Signal { number: 0, .. } => false,
            What::Ringing | What::Accepted | What::Stopped | What::Ended | What::Signal { .. } => {
                self.heard.iter().any(|(heard, _)| *heard == what)
            }
        }
    }

    fn is_in_order(&self, what: What, call: Option<&Call>) -> bool {
        let number_rises = match what {
            What::Signal { from, number } if number > 0 => {
                self.numbers.get(&from).is_none_or(|last| *last < number)
            }
            What::Signal { .. }
            | What::Ringing
            | What::Updated
            | What::Accepted
            | What::Stopped
            | What::Ended => true,
        };
        number_rises && !self.is_over && call.is_none_or(|call| call.version >= self.version)
    }

    fn take(&mut self, what: What, now: Instant, phase: &mut Phase) {
        if let Some(place) = self.waiting.iter().position(|waiting| waiting.what == what) {
            let waiting = self.waiting.swap_remove(place);
            phase.event_ms.add(now.saturating_duration_since(waiting.since).as_millis());
        }
        self.heard.push((what, now));
        match what {
            What::Ended => self.is_over = true,
            What::Signal { from, number } => {
                let last = self.numbers.entry(from).or_default();
                *last = number.max(*last);
            }
            What::Ringing | What::Updated | What::Accepted | What::Stopped => {}
        }
    }
}

/// `None` of what no witness does anything to bring about.
fn what(event: &Event, from: Option<usize>) -> Option<What> {
    match event.kind.as_str() {
        "call.ringing" => Some(What::Ringing),
        "call.updated" => Some(What::Updated),
        "call.accepted" => Some(What::Accepted),
        "call.stopped" => Some(What::Stopped),
        "call.ended" => Some(What::Ended),
        "signal" => {
            let number = event.payload.as_ref().and_then(Payload::number).unwrap_or_default();
            Some(What::Signal { from: from?, number })
        }
        _ => None,
    }
}
