//! What a session wants done.

use std::fmt;

use bytes::Bytes;
use signal_protocol::socket::{Close, CommandMessage, ServerMessage};
use signal_protocol::{CallId, DeviceId};
use uuid::Uuid;

use crate::Ticket;

/// What a session wants done. What is to be sent is sent in this order; the rest may be done side by side.
pub enum Output {
    /// Find out whose token this is, and whether they may have one more socket. Once; the answer is
    /// [`Verified`](crate::Input::Verified). From then on the bell must be heard: what comes after the first `Read` rings.
    Verify {
        /// The token.
        token: String,
        /// As which of the user's devices the client speaks.
        device: DeviceId,
    },
    /// Find out whether this token may take the place of the one before; if it is the same user's, it does. The answer is
    /// `Verified`. One at a time.
    Renew {
        /// The token.
        token: String,
    },
    /// Read the log. The answer is [`Read`](crate::Input::Read). One at a time.
    Read {
        /// From where; from now on if none.
        after: Option<String>,
        /// How many events at most.
        limit: usize,
    },
    /// Write into the log that this session was opened, for older ones of the same device to see. The answer is
    /// [`Opened`](crate::Input::Opened). One at a time, and again only after a failure.
    Open {
        /// As what it stands there.
        session: Uuid,
    },
    /// Find out how things stand. The answer is [`Snapshot`](crate::Input::Snapshot). One at a time.
    LoadSnapshot,
    /// Carry out a command. The answer is [`Answered`](crate::Input::Answered), whatever happens.
    Run {
        /// For the answer.
        ticket: Ticket,
        /// The command, as it came: its name may be unknown.
        command: CommandMessage,
    },
    /// The device has taken in everything up to this cursor, if it is one. The answer is
    /// [`Acknowledged`](crate::Input::Acknowledged). One at a time.
    Acknowledge {
        /// The cursor, as it came.
        cursor: String,
        /// Whether there may be signals before it that are to be let go. If not, it only matters whether it is a cursor.
        has_signals: bool,
    },
    /// The ring of this call was handed over. No answer.
    Notified(CallId),
    /// Send a message. Once it has left, [`Sent`](crate::Input::Sent).
    Send(Box<ServerMessage>),
    /// Send a ping. Once it has left, `Sent`.
    Ping,
    /// Send a pong with what the ping had in it. Once it has left, `Sent`.
    Pong(Bytes),
    /// Close the connection, after what was to be sent before if that is possible soon. Nothing follows, and nothing else
    /// needs an answer any more.
    Close(Close),
}

impl fmt::Debug for Output {
    /// What it is, and nothing of what it holds: tokens and session descriptions may stand in no log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Verify { .. } => "Verify",
            Self::Renew { .. } => "Renew",
            Self::Read { .. } => "Read",
            Self::Open { .. } => "Open",
            Self::LoadSnapshot => "LoadSnapshot",
            Self::Run { .. } => "Run",
            Self::Acknowledge { .. } => "Acknowledge",
            Self::Notified(_) => "Notified",
            Self::Send(_) => "Send",
            Self::Ping => "Ping",
            Self::Pong(_) => "Pong",
            Self::Close(close) => return write!(formatter, "Close({})", close.reason()),
        })
    }
}
