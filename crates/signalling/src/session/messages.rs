//! What the client says.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use signal_protocol::socket::{BadMessage, ClientMessage, Close, ServerMessage};

use super::{Output, Session, Stage};
use crate::Moment;

impl Session {
    /// A text frame.
    pub(super) fn text(&mut self, text: &str, now: Moment) {
        match ClientMessage::parse(text) {
            Err(BadMessage) if says_hello(text) => self.close(Close::BadMessage),
            message => self.message(message, now),
        }
    }

    /// A message, as far as it is one.
    pub(super) fn message(&mut self, message: Result<ClientMessage, BadMessage>, now: Moment) {
        match (&self.stage, message) {
            (Stage::Closed, _) => {}
            (Stage::Silent { .. }, Ok(ClientMessage::Hello { token, device, after })) => {
                self.arrive(token, device, after, now);
            }
            (Stage::Silent { .. }, _) | (_, Err(BadMessage) | Ok(ClientMessage::Hello { .. })) => {
                self.bad_message();
            }
            (Stage::Arriving { .. } | Stage::Live, Ok(ClientMessage::Authenticate { token })) => {
                if let Some(token) = self.renewal.wants(token) {
                    self.out.push(Output::Renew { token });
                }
            }
            (Stage::Arriving { .. } | Stage::Live, Ok(ClientMessage::Command(command))) => {
                if self.lanes.take(command, &self.limits).is_err() {
                    self.close(Close::RateLimited);
                }
            }
            (Stage::Arriving { .. } | Stage::Live, Ok(ClientMessage::Ack { cursor })) => {
                self.acknowledge(cursor);
            }
            (Stage::Arriving { .. } | Stage::Live, Ok(ClientMessage::Ping)) => {
                self.send(ServerMessage::Pong, now);
            }
            (Stage::Arriving { .. } | Stage::Live, Ok(ClientMessage::Bye)) => self.close(Close::Bye),
        }
    }

    /// Something that may not come now. Before `hello` nobody learns more than that a token is wanted.
    pub(super) fn bad_message(&mut self) {
        self.close(match self.stage {
            Stage::Silent { .. } => Close::TokenMissing,
            Stage::Arriving { .. } | Stage::Live | Stage::Closed => Close::BadMessage,
        });
    }

    /// The client has taken in everything up to `cursor`.
    pub(super) fn acknowledge(&mut self, cursor: String) {
        if let Some(cursor) = self.acknowledgement.wants(cursor) {
            self.let_go(cursor);
        }
    }

    pub(super) fn let_go(&mut self, cursor: String) {
        let has_signals = self.unread.acknowledged(&cursor);
        self.out.push(Output::Acknowledge { cursor, has_signals });
    }

    pub(super) fn acknowledged(&mut self, is_cursor: bool) {
        match self.stage {
            Stage::Live if self.acknowledgement.is_busy() => {}
            Stage::Silent { .. } | Stage::Arriving { .. } | Stage::Live | Stage::Closed => return,
        }
        if !is_cursor {
            self.close(Close::BadMessage);
            return;
        }
        if let Some(cursor) = self.acknowledgement.done() {
            self.let_go(cursor);
        }
    }

    /// The server will stop.
    pub(super) fn drain(&mut self, after: Duration, now: Moment) {
        if !matches!(self.stage, Stage::Live) {
            // Whoever is still on the way in is better off at another door at once.
            self.close(Close::Restart);
        } else if self.drains_at.is_none() {
            self.drains_at = Some(now + after);
            let after_ms = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
            self.send(ServerMessage::Drain { after_ms }, now);
        }
    }
}

/// Whether a text that is no message was meant to be a `hello` with a token: its sender is told that it is ill-formed, and
/// not that the token is missing.
fn says_hello(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Frame<'text> {
        #[serde(borrow)]
        r#type: Cow<'text, str>,
        #[serde(rename = "token")]
        _token: IgnoredAny,
    }
    serde_json::from_str::<Frame<'_>>(text).is_ok_and(|frame| frame.r#type == "hello")
}
