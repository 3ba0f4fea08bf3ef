//! What happens to a session.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use signal_protocol::ErrorCode;
use signal_protocol::socket::{AnswerMessage, BadMessage, ClientMessage, Close};

use crate::{Identity, News, State, Ticket};

/// What happens to a session. The upper half comes from the client, the lower half answers an [`Output`](crate::Output) or
/// comes from the server itself. An answer to something that was not asked, or no longer matters, is ignored.
pub enum Input {
    /// A text message.
    Text(String),
    /// A message that was read already, for clients that speak another subprotocol. The same as `Text` otherwise.
    Message(Result<ClientMessage, BadMessage>),
    /// A binary message.
    Binary,
    /// A message that is longer than any may be.
    TooLong,
    /// A ping of the client.
    Ping(Bytes),
    /// A pong of the client.
    Pong,
    /// The connection is no more, or the client has begun to close it.
    Gone,

    /// What [`Verify`](crate::Output::Verify) or [`Renew`](crate::Output::Renew) came to: whose the token is, or why the
    /// socket is closed. `Close::Unavailable` at `Renew` leaves everything as it was.
    Verified(Result<Identity, Close>),
    /// What [`Open`](crate::Output::Open) came to.
    Opened(Result<(), ErrorCode>),
    /// What [`Read`](crate::Output::Read) came to.
    Read(Result<News, ErrorCode>),
    /// What [`LoadSnapshot`](crate::Output::LoadSnapshot) came to.
    Snapshot(Result<State, ErrorCode>),
    /// There may be something new in the log.
    Rung,
    /// A command was carried out or refused.
    Answered {
        /// Of [`Run`](crate::Output::Run).
        ticket: Ticket,
        /// What it came to.
        answer: AnswerMessage,
    },
    /// What [`Acknowledge`](crate::Output::Acknowledge) came to: whether that was a cursor of this user. `true` where it
    /// could not be found out: nothing depends on it.
    Acknowledged(bool),
    /// One [`Send`](crate::Output::Send), [`Ping`](crate::Output::Ping) or [`Pong`](crate::Output::Pong) is on its way: the
    /// oldest one.
    Sent,
    /// The login was ended that the token of whoever speaks belongs to.
    Revoked,
    /// The server will stop; the client shall connect anew after so long.
    Draining {
        /// Chosen at random, so that not everybody comes back at once.
        after: Duration,
    },
    /// The server stops now.
    Ending,
    /// The [deadline](crate::Session::next_deadline) has come.
    TimePassed,
}

impl fmt::Debug for Input {
    /// What it is, and nothing of what it holds: tokens and session descriptions may stand in no log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text",
            Self::Message(_) => "Message",
            Self::Binary => "Binary",
            Self::TooLong => "TooLong",
            Self::Ping(_) => "Ping",
            Self::Pong => "Pong",
            Self::Gone => "Gone",
            Self::Verified(_) => "Verified",
            Self::Opened(_) => "Opened",
            Self::Read(_) => "Read",
            Self::Snapshot(_) => "Snapshot",
            Self::Rung => "Rung",
            Self::Answered { .. } => "Answered",
            Self::Acknowledged(_) => "Acknowledged",
            Self::Sent => "Sent",
            Self::Revoked => "Revoked",
            Self::Draining { .. } => "Draining",
            Self::Ending => "Ending",
            Self::TimePassed => "TimePassed",
        })
    }
}
