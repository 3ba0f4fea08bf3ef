//! Handing out what happens, after `welcome`.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use signal_protocol::socket::{AnswerMessage, Close, CommandName, ServerMessage};
use signal_protocol::{Call, ErrorCode, Event};
use uuid::Uuid;

use super::{Output, Session, Stage};
use crate::lanes::Ended;
use crate::{Identity, Moment, News, State, Ticket, handed_over};

impl Session {
    /// The log was read.
    pub(super) fn read(&mut self, read: Result<News, ErrorCode>, now: Moment) {
        match (&self.stage, read) {
            (Stage::Live, Ok(news)) => self.hand_out(news, now),
            (Stage::Live, Err(_)) => self.try_again_later(now),
            (Stage::Arriving { .. }, Ok(news)) => self.read_first(news, now),
            (Stage::Arriving { .. }, Err(code)) => self.close(Close::Unavailable(code)),
            (Stage::Silent { .. } | Stage::Closed, _) => {}
        }
    }

    /// How things stand was found out.
    pub(super) fn snapshot(&mut self, state: Result<State, ErrorCode>, now: Moment) {
        match (&self.stage, state) {
            (Stage::Live, Ok(state)) => {
                self.feed.answered();
                let cursor = self.feed.cursor().unwrap_or_default().to_owned();
                let read_at = state.server_now;
                self.welcome(cursor, Some(false), Some(state), read_at, now);
                self.keep_pace(now);
            }
            (Stage::Live, Err(_)) => self.try_again_later(now),
            (Stage::Arriving { .. }, Ok(state)) => {
                self.feed.answered();
                self.begin(state, now);
            }
            (Stage::Arriving { .. }, Err(code)) => self.close(Close::Unavailable(code)),
            (Stage::Silent { .. } | Stage::Closed, _) => {}
        }
    }

    fn try_again_later(&mut self, now: Moment) {
        let seed = self.id.as_bytes()[15];
        self.feed.failed(&self.limits, seed, now);
    }

    fn hand_out(&mut self, news: News, now: Moment) {
        self.feed.read(&news);
        if self.is_replaced(&news.sessions) {
            // What was read with it is for the newer socket, which reads it by the client's own cursor.
            self.close(Close::Replaced);
        } else if news.recovered {
            if news.unconsumed {
                // Or will be, once what is under way is done; then it is asked for once more than it need be.
                self.unread.found(&news.cursor);
            }
            self.deliver(news.events, news.server_now, now);
        }
    }

    /// Whether a newer socket of this device was opened.
    fn is_replaced(&self, sessions: &[Uuid]) -> bool {
        sessions.iter().any(|session| *session > self.opening)
    }

    /// Tells the client what happened.
    pub(super) fn deliver(&mut self, events: Vec<Event>, read_at: DateTime<Utc>, now: Moment) {
        let rings = handed_over(&events, read_at);
        for event in events {
            if let (Some(call), Some(speaker)) = (event.body.call(), &self.speaker) {
                self.seat.learn(call, &speaker.user, &speaker.device);
            }
            self.unread.given(&event);
            self.send(ServerMessage::Event { event }, now);
        }
        if !self.is_over() {
            self.out.extend(rings.into_iter().map(Output::Notified));
            self.keep_pace(now);
        }
    }

    /// A command was carried out or refused.
    pub(super) fn answered(&mut self, ticket: Ticket, answer: AnswerMessage, now: Moment) {
        let Some(ended) = self.lanes.ended(ticket) else { return };
        self.learn(ended, &answer);
        self.send(ServerMessage::Answer(answer), now);
        self.keep_pace(now);
    }

    /// Takes in what an answer tells of this device: nobody else tells it of its own commands.
    fn learn(&mut self, ended: Ended, answer: &AnswerMessage) {
        #[derive(Deserialize)]
        struct OfCall {
            call: Call,
        }
        let (Some(name), Some(speaker)) = (ended.name, &self.speaker) else { return };
        let Some(body) = answer.body.as_deref() else { return };
        match name {
            CommandName::CallInvite
            | CommandName::CallAccept
            | CommandName::CallDecline
            | CommandName::CallCancel
            | CommandName::CallHangup
            | CommandName::CallAddParty => {
                if let Ok(OfCall { call }) = serde_json::from_str(body.get()) {
                    self.seat.learn(&call, &speaker.user, &speaker.device);
                }
            }
            // An answer to an offer may have been the acceptance as well.
            CommandName::SignalSend => {
                if let Some(call) = ended.call {
                    self.seat.may_signal(call);
                }
            }
            CommandName::CallRinging
            | CommandName::CallMedia
            | CommandName::RoomJoin
            | CommandName::IceServersGet => {}
        }
    }

    /// A newer token was looked at.
    pub(super) fn renewed(&mut self, verified: Result<Identity, Close>, now: Moment) {
        let Some(speaker) = &mut self.speaker else { return };
        match verified {
            Ok(identity) if identity.user != speaker.user || identity.tenant != speaker.tenant => {
                self.close(Close::TokenInvalid);
            }
            Ok(identity) if identity.expires_in.is_zero() => self.close(Close::TokenExpired),
            Ok(Identity { expires_in, token_expires_at, .. }) => {
                speaker.expires = now + expires_in;
                speaker.token_expires_at = token_expires_at;
                self.send(ServerMessage::Authenticated { token_expires_at }, now);
            }
            // The one before goes on for as long as it is good; the client hears nothing, and tries again.
            Err(Close::Unavailable(_)) => {}
            Err(why) => self.close(why),
        }
        if let Some(token) = self.renewal.done()
            && !self.is_over()
        {
            self.out.push(Output::Renew { token });
        }
    }

    /// Pings more often from now on, if the device is in a call.
    fn keep_pace(&mut self, now: Moment) {
        if self.seat.is_taken() {
            self.pulse.hurry(self.limits.ping_in_call, now);
        }
    }
}
