//! What an older client does, in the words of this release, and what it hears of how that went.

use serde::Deserialize;
use signal_protocol::socket::{AnswerMessage, CommandName};
use signal_protocol::{
    CallId, CallKind, CallMedia, CallPhase, Candidate, EarlyOffer, EmptyRequest, ErrorCode, InviteAnswer,
    InviteRequest, RoomId, SignalKind, SignalPayload, SignalRequest, UserId,
};

use super::client::Said;
use super::questions::Question;
use super::seat::Part;
use super::server::{Fault, Saying};
use super::{Older, Step};

impl Older {
    pub(super) fn translate(&mut self, said: Said) -> Vec<Step> {
        match said {
            Said::Initiate { chat, offer } => self.initiate(chat, offer),
            Said::Answer { chat, answer } => self.answer(&chat, answer),
            Said::Candidate { chat, candidate } => self.candidate(&chat, candidate),
            Said::End { chat } | Said::Reject { chat } => self.quit(&chat),
            Said::IllFormed => vec![Step::say(&Saying::ill_formed())],
            Said::Other(message) => vec![Step::Message(message)],
        }
    }

    fn initiate(&mut self, chat: RoomId, offer: String) -> Vec<Step> {
        let is_engaged = self.seats.of_chat(&chat).is_some_and(|seat| match seat.part {
            // The two call each other: the server makes one call of it.
            Part::Hearing { is_accepted } | Part::Called { is_accepted } => is_accepted,
            Part::Looking { .. } | Part::Inviting { .. } | Part::Caller | Part::Answering | Part::Callee => {
                true
            }
        });
        if is_engaged {
            return vec![Step::say(&Saying::error(&chat, Fault::ENGAGED))];
        }
        self.seats.take(chat.clone(), None, Part::Looking { offer });
        vec![Step::FindPeer { room: chat }]
    }

    pub(super) fn invite(&mut self, room: &RoomId, peer: UserId, offer: String) -> Step {
        let request = InviteRequest {
            callees: vec![peer],
            room_id: Some(room.clone()),
            kind: kind(&offer),
            media: CallMedia::P2p,
            ring_seconds: None,
            offer: Some(EarlyOffer { sdp: offer }),
            key: None,
        };
        self.ask(Question::Invite(room.clone()), CommandName::CallInvite, None, &request)
    }

    fn answer(&mut self, chat: &RoomId, sdp: String) -> Vec<Step> {
        let Some(seat) = self.seats.of_chat(chat) else { return vec![over(chat)] };
        let (Some(call), Part::Called { is_accepted }) = (seat.call, &seat.part) else { return Vec::new() };
        let accept = !is_accepted;
        seat.part = Part::Answering;
        let payload = SignalPayload { sdp: Some(sdp), ..SignalPayload::default() };
        let request = SignalRequest { kind: SignalKind::Answer, generation: 0, payload, accept };
        vec![self.ask(Question::Answer(chat.clone()), CommandName::SignalSend, Some(call), &request)]
    }

    fn candidate(&mut self, chat: &RoomId, candidate: Option<Candidate>) -> Vec<Step> {
        // Browsers go on finding candidates for a while after a call is over.
        let Some(seat) = self.seats.of_chat(chat) else { return Vec::new() };
        let call = seat.open_call();
        if !seat.wait(candidate) {
            return vec![Step::say(&Saying::error(chat, Fault::of(ErrorCode::RateLimited)))];
        }
        call.map(|call| self.send_waiting(chat, call)).unwrap_or_default()
    }

    fn send_waiting(&mut self, chat: &RoomId, call: CallId) -> Vec<Step> {
        let payloads = self.seats.of_chat(chat).map(super::seat::Seat::take_waiting).unwrap_or_default();
        let kind = SignalKind::Candidates;
        let request = |payload| SignalRequest { kind, generation: 0, payload, accept: false };
        payloads
            .into_iter()
            .map(|payload| self.ask(Question::Aside, CommandName::SignalSend, Some(call), &request(payload)))
            .collect()
    }

    /// Ends the call for the client, whatever it is to it: who is rung declines, who rings cancels. The client knows, so it
    /// is told nothing of it.
    fn quit(&mut self, chat: &RoomId) -> Vec<Step> {
        let Some(seat) = self.seats.of_chat(chat) else { return Vec::new() };
        if let Part::Inviting { hangs_up } = &mut seat.part {
            *hangs_up = true;
            return Vec::new();
        }
        let call = self.seats.leave(chat).and_then(|seat| seat.call);
        let mut steps: Vec<Step> = call.map(|call| self.hang_up(call)).into_iter().collect();
        steps.extend(self.catch_up());
        steps
    }

    fn hang_up(&mut self, call: CallId) -> Step {
        self.ask(Question::Aside, CommandName::CallHangup, Some(call), &EmptyRequest {})
    }

    /// What a command came to.
    pub(super) fn answered(&mut self, question: Question, answer: &AnswerMessage) -> Vec<Step> {
        match question {
            Question::Invite(chat) => {
                let mut steps = self.invited(&chat, answer);
                steps.extend(self.catch_up());
                steps
            }
            Question::Answer(chat) => self.accepted(&chat, answer),
            Question::Aside => Vec::new(),
        }
    }

    fn invited(&mut self, chat: &RoomId, answer: &AnswerMessage) -> Vec<Step> {
        // Without a seat it was given up for another chat.
        let is_wanted = Part::Inviting { hangs_up: false };
        let hangs_up = self.seats.of_chat(chat).is_none_or(|seat| seat.part != is_wanted);
        let made =
            answer.body.as_ref().and_then(|body| serde_json::from_str::<InviteAnswer>(body.get()).ok());
        let Some(InviteAnswer { call, reachable, glare, signals }) = made else {
            self.seats.leave(chat);
            let fault = Fault::of(refusal(answer));
            return if hangs_up { Vec::new() } else { vec![Step::say(&Saying::error(chat, fault))] };
        };
        if hangs_up {
            self.seats.leave(chat);
            return vec![self.hang_up(call.id)];
        }
        if call.phase == CallPhase::Ended {
            self.seats.leave(chat);
            return vec![Step::say(&Saying::ended_for_caller(chat, call.reason))];
        }
        if glare {
            // The peer was faster: its call goes on, its offer counts, and the client's own is forgotten.
            self.seats.take(chat.clone(), Some(call.id), Part::Hearing { is_accepted: true });
            return self.tell_all(signals.unwrap_or_default().iter());
        }
        if reachable == Some(false) {
            // These clients give up on this word, so nobody shall be rung later.
            self.seats.leave(chat);
            return vec![Step::say(&Saying::error(chat, Fault::OFFLINE)), self.hang_up(call.id)];
        }
        if let Some(seat) = self.seats.of_chat(chat) {
            (seat.call, seat.part) = (Some(call.id), Part::Caller);
        }
        self.send_waiting(chat, call.id)
    }

    fn accepted(&mut self, chat: &RoomId, answer: &AnswerMessage) -> Vec<Step> {
        let Some(seat) = self.seats.of_chat(chat).filter(|seat| seat.part == Part::Answering) else {
            return Vec::new();
        };
        let Some(call) = seat.call.filter(|_| answer.problem.is_none()) else {
            self.seats.leave(chat);
            // Somebody else was faster, or nobody waits any more; else something is wrong with the answer.
            return vec![match refusal(answer) {
                ErrorCode::CallEnded
                | ErrorCode::CallAlreadyAnswered
                | ErrorCode::CallNotFound
                | ErrorCode::NotThisDevice => over(chat),
                other => Step::say(&Saying::error(chat, Fault::of(other))),
            }];
        };
        seat.part = Part::Callee;
        let mut steps = self.send_waiting(chat, call);
        steps.push(self.report_connected(call));
        steps
    }
}

/// There is no such call any more.
fn over(chat: &RoomId) -> Step {
    Step::say(&Saying::End { chat_id: chat, reason: None })
}

/// These clients do not say whether they want to be seen; their offer does (RFC 8866, section 5.14).
fn kind(sdp: &str) -> CallKind {
    if sdp.lines().any(|line| line.starts_with("m=video ")) { CallKind::Video } else { CallKind::Audio }
}

/// The code of a problem document.
fn refusal(answer: &AnswerMessage) -> ErrorCode {
    #[derive(Deserialize)]
    struct Problem {
        code: ErrorCode,
    }
    let problem = answer.problem.as_ref().and_then(|problem| serde_json::from_str(problem.get()).ok());
    problem.map_or(ErrorCode::Internal, |Problem { code }| code)
}
