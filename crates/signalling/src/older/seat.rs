//! Where the client stands in the call of a chat.

use signal_protocol::{CallId, Candidate, RoomId, SignalPayload};

/// The most chats that are remembered. A user has one call at a time, and may be rung while dialling.
const MOST_SEATS: usize = 8;
/// The most candidates that wait until they may be sent on.
const MOST_WAITING: usize = 100;
/// The most candidates of one signal.
const MOST_IN_ONE: usize = 50;

/// The client's place in the call of one chat.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) chat: RoomId,
    /// Not known while the call is being made.
    pub(super) call: Option<CallId>,
    pub(super) part: Part,
    /// What the client has said of ways to reach it, and may not be sent on yet.
    waiting: Candidates,
    /// What the peer has sent ahead of its offer, which must be told first.
    pub(super) ahead: Vec<SignalPayload>,
}

/// What the client is about to do, or has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Calls; with this offer, once it is known whom.
    Looking { offer: String },
    /// Calls, and has said that it is over before the call was made.
    Inviting { hangs_up: bool },
    /// Has called.
    Caller,
    /// Is called, by somebody whose offer has not come. A call that both made at once is accepted already.
    Hearing { is_accepted: bool },
    /// Is called, and was told of the offer.
    Called { is_accepted: bool },
    /// Has answered; whether that was in time is not known.
    Answering,
    /// Has answered.
    Callee,
}

#[derive(Debug, Default)]
struct Candidates {
    list: Vec<Candidate>,
    are_all: bool,
}

impl Seat {
    fn new(chat: RoomId, call: Option<CallId>, part: Part) -> Self {
        Self { chat, call, part, waiting: Candidates::default(), ahead: Vec::new() }
    }

    /// The call, if candidates may be sent to its other party now.
    pub(super) fn open_call(&self) -> Option<CallId> {
        match self.part {
            Part::Caller | Part::Callee => self.call,
            Part::Looking { .. }
            | Part::Inviting { .. }
            | Part::Hearing { .. }
            | Part::Called { .. }
            | Part::Answering => None,
        }
    }

    /// Keeps a candidate, or the word that there are no more, until the call is open. False: there are too many.
    pub(super) fn wait(&mut self, candidate: Option<Candidate>) -> bool {
        match candidate {
            None => self.waiting.are_all = true,
            Some(_) if self.waiting.list.len() >= MOST_WAITING => return false,
            Some(candidate) => self.waiting.list.push(candidate),
        }
        true
    }

    /// What has waited, in signals as large as they may be.
    pub(super) fn take_waiting(&mut self) -> Vec<SignalPayload> {
        let Candidates { list, are_all } = std::mem::take(&mut self.waiting);
        let mut payloads: Vec<SignalPayload> = list
            .chunks(MOST_IN_ONE)
            .map(|some| SignalPayload { candidates: Some(some.to_vec()), ..SignalPayload::default() })
            .collect();
        if are_all {
            match payloads.last_mut() {
                Some(last) => last.end = Some(true),
                None => payloads.push(SignalPayload { end: Some(true), ..SignalPayload::default() }),
            }
        }
        payloads
    }
}

/// The chats in which there is a call.
#[derive(Debug, Default)]
pub(super) struct Seats(Vec<Seat>);

impl Seats {
    pub(super) fn of_chat(&mut self, chat: &RoomId) -> Option<&mut Seat> {
        self.0.iter_mut().find(|seat| seat.chat == *chat)
    }

    pub(super) fn of_call(&mut self, call: CallId) -> Option<&mut Seat> {
        self.0.iter_mut().find(|seat| seat.call == Some(call))
    }

    /// Takes the place in a chat, instead of the one before.
    pub(super) fn take(&mut self, chat: RoomId, call: Option<CallId>, part: Part) -> &mut Seat {
        self.leave(&chat);
        if self.0.len() >= MOST_SEATS {
            self.0.remove(0);
        }
        self.0.push(Seat::new(chat, call, part));
        self.0.last_mut().expect("one was added")
    }

    pub(super) fn leave(&mut self, chat: &RoomId) -> Option<Seat> {
        let at = self.0.iter().position(|seat| seat.chat == *chat)?;
        Some(self.0.remove(at))
    }

    pub(super) fn leave_call(&mut self, call: CallId) -> Option<Seat> {
        let at = self.0.iter().position(|seat| seat.call == Some(call))?;
        Some(self.0.remove(at))
    }

    /// Leaves every call that is not among these.
    pub(super) fn leave_others(&mut self, calls: &[CallId]) -> Vec<Seat> {
        let is_gone = |seat: &mut Seat| seat.call.is_some_and(|call| !calls.contains(&call));
        self.0.extract_if(.., is_gone).collect()
    }

    /// Whether the client is making a call, of which the id is not known yet.
    pub(super) fn is_dialling(&self) -> bool {
        self.0.iter().any(|seat| matches!(seat.part, Part::Looking { .. } | Part::Inviting { .. }))
    }

    /// The offer with which somebody in the chat is to be called.
    pub(super) fn take_offer(&mut self, chat: &RoomId) -> Option<String> {
        let seat = self.of_chat(chat)?;
        match std::mem::replace(&mut seat.part, Part::Inviting { hangs_up: false }) {
            Part::Looking { offer } => Some(offer),
            other => {
                seat.part = other;
                None
            }
        }
    }
}
