//! Clients that speak the older events, over the subprotocol `calls.v0`: `call:initiate` and its like, mapped onto the same
//! session. docs/older-clients.md is the table of it, which the tests play.
//!
//! [`Older`] stands between a socket and its [`Session`](crate::Session) and translates both ways. Like the session it does
//! nothing itself: it says what is to be done ([`Step`]). What it does not know as one of the older events passes as it is,
//! so `hello`, `authenticate`, `ack`, `ping` and `bye` are those of `realtime.v1`.
//!
//! An older client knows a call by its chat, which is a room; has one offer, which travels with the invite, and one answer,
//! which is the acceptance; and never tells how its media stand.

mod answers;
mod client;
mod events;
mod questions;
mod seat;
mod server;
#[cfg(test)]
mod transcripts;

use signal_protocol::socket::{BadMessage, ClientMessage, CommandMessage, CommandName, ServerMessage};
use signal_protocol::{CallId, DeviceId, EventBody, RoomId, UserId};
use uuid::Uuid;

use client::Said;
use questions::Questions;
use seat::Seats;
use server::Saying;

/// Texts of a client that come before it is welcomed. More is no message.
const MOST_EARLY: usize = 16;
/// Events of a call that nobody has heard of, kept for as long as it may turn out to be the one that is being made.
const MOST_AHEAD: usize = 64;

/// The translator of one socket.
#[derive(Debug)]
pub struct Older {
    stage: Stage,
    /// Who speaks, and with which device.
    user: Option<UserId>,
    device: DeviceId,
    seats: Seats,
    questions: Questions,
    /// What came before the answer to the invite that it is about.
    ahead: Vec<EventBody>,
    /// Signals that were told with a snapshot, and may come once more as events.
    told: Vec<Uuid>,
    /// Pings of our own that are not answered yet.
    pings: u32,
}

/// What is to be done, in this order.
#[derive(Debug)]
pub enum Step {
    /// Tell the session: the client says this, in the words of `realtime.v1`.
    Message(Result<ClientMessage, BadMessage>),
    /// Find the one other member of this room, in the name of the user. The answer is [`Older::found`].
    FindPeer {
        /// The room.
        room: RoomId,
    },
    /// Send this text to the client.
    Say(String),
}

/// Why there is nobody to be called in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPeer {
    /// There is no such room, the user is no member of it, it has not exactly two members, or no source of membership can
    /// list them.
    Denied,
    /// It cannot be found out now.
    Unavailable,
    /// The user has asked too often.
    RateLimited,
}

#[derive(Debug)]
enum Stage {
    /// Nothing was said yet.
    Silent,
    /// The client said `hello`, and this on top of it.
    Arriving(Vec<String>),
    /// The client was welcomed.
    Live,
}

impl Older {
    /// The translator of the session of this id.
    #[must_use]
    pub fn new(session: Uuid) -> Self {
        Self {
            stage: Stage::Silent,
            user: None,
            device: DeviceId::default(),
            seats: Seats::default(),
            questions: Questions::new(session),
            ahead: Vec::new(),
            told: Vec::new(),
            pings: 0,
        }
    }

    /// The token was verified: this is who speaks. Must be told before the session welcomes the client.
    pub fn identified(&mut self, user: UserId) {
        self.user = Some(user);
    }

    /// What to do about a text of the client.
    #[must_use]
    pub fn incoming(&mut self, text: &str) -> Vec<Step> {
        let said = Said::parse(text);
        match (&mut self.stage, said) {
            (Stage::Silent | Stage::Arriving(_), Said::Other(message)) => {
                if let (Stage::Silent, Ok(ClientMessage::Hello { device, .. })) = (&self.stage, &message) {
                    self.device = device.clone();
                    self.stage = Stage::Arriving(Vec::new());
                }
                vec![Step::Message(message)]
            }
            // Nobody is asked anything in the name of somebody who is not known yet.
            (Stage::Arriving(early), _) if early.len() < MOST_EARLY => {
                early.push(text.to_owned());
                vec![self.count()]
            }
            (Stage::Silent | Stage::Arriving(_), _) => vec![Step::Message(Err(BadMessage))],
            (Stage::Live, said) => self.said(said),
        }
    }

    /// What to do about a message of the session.
    #[must_use]
    pub fn outgoing(&mut self, message: &ServerMessage) -> Vec<Step> {
        match message {
            ServerMessage::Welcome(welcome) => {
                let mut steps = self.welcome(welcome);
                if let Stage::Arriving(early) = std::mem::replace(&mut self.stage, Stage::Live) {
                    for said in early.iter().map(|text| Said::parse(text)) {
                        // They were counted when they came.
                        steps.extend(self.translate(said));
                    }
                }
                steps
            }
            ServerMessage::Event { event } => self.happened(&event.body),
            ServerMessage::Answer(answer) => match self.questions.answered(&answer.request_id) {
                Some(question) => self.answered(question, answer),
                None => vec![Step::as_it_is(message)],
            },
            ServerMessage::Pong if self.pings > 0 => {
                self.pings -= 1;
                Vec::new()
            }
            ServerMessage::Pong | ServerMessage::Authenticated { .. } | ServerMessage::Drain { .. } => {
                vec![Step::as_it_is(message)]
            }
        }
    }

    /// What to do once the other member of `room` was looked for.
    #[must_use]
    pub fn found(&mut self, room: &RoomId, peer: Result<UserId, NoPeer>) -> Vec<Step> {
        let Some(offer) = self.seats.take_offer(room) else { return Vec::new() };
        match peer {
            Ok(peer) => vec![self.invite(room, peer, offer)],
            Err(no_peer) => {
                self.seats.leave(room);
                let mut steps = vec![Step::say(&Saying::error(room, no_peer.into()))];
                steps.extend(self.catch_up());
                steps
            }
        }
    }

    /// An older event of the client. Each costs it at least one message of its allowance, also if nothing comes of it for
    /// the session: the peer is looked for at somebody's expense.
    fn said(&mut self, said: Said) -> Vec<Step> {
        let mut steps = self.translate(said);
        if !steps.iter().any(|step| matches!(step, Step::Message(_))) {
            steps.insert(0, self.count());
        }
        steps
    }

    fn count(&mut self) -> Step {
        self.pings += 1;
        Step::Message(Ok(ClientMessage::Ping))
    }

    /// A command to the session, and the question whose answer it will be.
    fn ask(
        &mut self,
        question: questions::Question,
        name: CommandName,
        call: Option<CallId>,
        body: &impl serde::Serialize,
    ) -> Step {
        Step::Message(Ok(ClientMessage::Command(CommandMessage {
            request_id: self.questions.ask(question),
            name: name.as_str().to_owned(),
            call_id: call.map(|call| call.to_string()),
            room_id: None,
            body: Some(serde_json::value::to_raw_value(body).expect("what is asked is JSON")),
        })))
    }
}

impl Step {
    fn say(saying: &Saying<'_>) -> Self {
        Self::Say(serde_json::to_string(saying).expect("what is said is JSON"))
    }

    fn as_it_is(message: &ServerMessage) -> Self {
        Self::Say(serde_json::to_string(message).expect("every message is JSON"))
    }
}
