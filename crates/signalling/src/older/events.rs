//! What happened, in the older words.

use signal_protocol::socket::{CommandName, ServerMessage, Welcome};
use signal_protocol::{
    Call, CallId, CallMedia, CallPhase, EventBody, MediaReport, PartyState, ReportedMedia, RoomId, Signal,
    SignalKind,
};

use super::questions::Question;
use super::seat::{Part, Seat};
use super::server::Saying;
use super::{MOST_AHEAD, Older, Step};

impl Older {
    /// The state of things: at the start, or after a loss. What is in it of calls is told as events.
    pub(super) fn welcome(&mut self, welcome: &Welcome) -> Vec<Step> {
        let bare = Welcome { calls: None, signals: None, ..welcome.clone() };
        let mut steps = vec![Step::as_it_is(&ServerMessage::Welcome(bare))];
        let Some(calls) = &welcome.calls else { return steps };
        self.told.clear();
        let live: Vec<CallId> = calls.iter().map(|call| call.id).collect();
        for seat in self.seats.leave_others(&live) {
            steps.extend(over(&seat, None));
        }
        let signals = welcome.signals.as_deref().unwrap_or_default();
        for call in calls {
            self.find_live(call);
            steps.extend(self.tell_all(signals.iter().filter(|signal| signal.call_id == call.id)));
        }
        steps
    }

    /// Signals that may come once more as events.
    pub(super) fn tell_all<'a>(&mut self, signals: impl Iterator<Item = &'a Signal>) -> Vec<Step> {
        let mut steps = Vec::new();
        for signal in signals {
            steps.extend(self.signalled(signal));
            self.told.push(signal.signal_id);
        }
        steps
    }

    /// A call that was there already.
    fn find_live(&mut self, call: &Call) {
        let Some(chat) = chat(call).filter(|_| self.seats.of_call(call.id).is_none()) else {
            return;
        };
        let is_caller = self.user.as_ref() == Some(&call.caller);
        let me = call.parties.iter().find(|party| self.user.as_ref() == Some(&party.user_id));
        let is_in_it = me.is_some_and(|party| {
            party.state == PartyState::Accepted && party.device.as_ref() == Some(&self.device)
        });
        let part = match (call.phase, is_caller) {
            (CallPhase::Ended, _) => return,
            // Another device of the user is in it.
            (CallPhase::Ringing, true) | (CallPhase::Active, _) if !is_in_it => return,
            (CallPhase::Ringing | CallPhase::Active, true) => Part::Caller,
            (CallPhase::Ringing, false) => Part::Hearing { is_accepted: false },
            (CallPhase::Active, false) => Part::Callee,
        };
        self.seats.take(chat.clone(), Some(call.id), part);
    }

    /// What happened while a call was being made.
    pub(super) fn catch_up(&mut self) -> Vec<Step> {
        if self.seats.is_dialling() {
            return Vec::new();
        }
        let ahead = std::mem::take(&mut self.ahead);
        ahead.iter().flat_map(|event| self.happened(event)).collect()
    }

    pub(super) fn happened(&mut self, event: &EventBody) -> Vec<Step> {
        let id = match event {
            EventBody::Signal(signal) => signal.call_id,
            EventBody::Ringing { call }
            | EventBody::Accepted { call, .. }
            | EventBody::Declined { call, .. }
            | EventBody::Busy { call, .. }
            | EventBody::Updated { call }
            | EventBody::Stopped { call, .. }
            | EventBody::Ended { call } => call.id,
            // These clients know chats, and nothing of who is in LiveKit's rooms.
            EventBody::RoomRemoved { .. } => return Vec::new(),
        };
        // The log may be faster than the answer to the invite, and a call from the peer may turn out to be the same one.
        if self.seats.is_dialling() && self.seats.of_call(id).is_none() && self.ahead.len() < MOST_AHEAD {
            self.ahead.push(event.clone());
            return Vec::new();
        }
        match event {
            EventBody::Ringing { call } => {
                if let Some(chat) = chat(call).filter(|_| self.seats.of_call(call.id).is_none()) {
                    self.seats.take(chat.clone(), Some(call.id), Part::Hearing { is_accepted: false });
                }
                Vec::new()
            }
            EventBody::Signal(signal) => self.signalled(signal),
            EventBody::Stopped { call, .. } | EventBody::Ended { call } => {
                let seat = self.seats.leave_call(call.id);
                seat.and_then(|seat| over(&seat, Some(call))).into_iter().collect()
            }
            // That somebody answered is told by the answer itself.
            EventBody::Accepted { .. }
            | EventBody::Declined { .. }
            | EventBody::Busy { .. }
            | EventBody::Updated { .. }
            | EventBody::RoomRemoved { .. } => Vec::new(),
        }
    }

    /// What the peer's device has to say. These clients know one offer and one answer, so only the first generation.
    fn signalled(&mut self, signal: &Signal) -> Vec<Step> {
        if signal.generation > 0 || self.told.contains(&signal.signal_id) {
            return Vec::new();
        }
        let Some(seat) = self.seats.of_call(signal.call_id) else { return Vec::new() };
        let (chat, payload) = (seat.chat.clone(), &signal.payload);
        match (signal.kind, &seat.part) {
            (SignalKind::Offer, &Part::Hearing { is_accepted }) => {
                let Some(sdp) = &payload.sdp else { return Vec::new() };
                seat.part = Part::Called { is_accepted };
                let ahead = std::mem::take(&mut seat.ahead);
                let mut steps = vec![Step::say(&Saying::offer(&chat, sdp, &signal.from))];
                steps.extend(ahead.iter().flat_map(|payload| candidates(&chat, payload)));
                steps
            }
            (SignalKind::Answer, Part::Caller) => {
                let Some(sdp) = &payload.sdp else { return Vec::new() };
                let said = Step::say(&Saying::answer(&chat, sdp));
                vec![said, self.report_connected(signal.call_id)]
            }
            (SignalKind::Candidates, Part::Hearing { .. }) => {
                if seat.ahead.len() < MOST_AHEAD {
                    seat.ahead.push(payload.clone());
                }
                Vec::new()
            }
            (SignalKind::Candidates, _) => candidates(&chat, payload),
            (SignalKind::Offer | SignalKind::Answer | SignalKind::Restart, _) => Vec::new(),
        }
    }

    /// Nobody else says it for these clients, and a call whose media nobody reports is taken for one that never came about.
    pub(super) fn report_connected(&mut self, call: CallId) -> Step {
        let report = MediaReport { state: ReportedMedia::Connected, cause: None };
        self.ask(Question::Aside, CommandName::CallMedia, Some(call), &report)
    }
}

/// The chat of a call that an older client can have: a peer-to-peer call of a room.
pub(super) fn chat(call: &Call) -> Option<&RoomId> {
    call.room_id.as_ref().filter(|_| call.media == CallMedia::P2p)
}

/// How the client hears that a call is over, if it ever heard of it.
fn over(seat: &Seat, call: Option<&Call>) -> Option<Step> {
    let reason = call.and_then(|call| call.reason);
    match seat.part {
        Part::Hearing { .. } => None,
        Part::Looking { .. } | Part::Inviting { .. } | Part::Caller => {
            Some(Step::say(&Saying::ended_for_caller(&seat.chat, reason)))
        }
        Part::Called { .. } | Part::Answering | Part::Callee => {
            let reason = reason.map(signal_protocol::EndReason::as_str);
            Some(Step::say(&Saying::End { chat_id: &seat.chat, reason }))
        }
    }
}

fn candidates(chat: &RoomId, payload: &signal_protocol::SignalPayload) -> Vec<Step> {
    let some = payload.candidates.iter().flatten().map(Some);
    let last = payload.end.filter(|end| *end).map(|_| None);
    some.chain(last).map(|candidate| Step::say(&Saying::candidate(chat, candidate))).collect()
}
