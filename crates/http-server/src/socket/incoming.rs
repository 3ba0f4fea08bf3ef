//! What a client says over a socket.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;

use super::frame::{self, Head, LONGEST_HEAD, NoFrame, Opcode};

/// The most fragments of one message. Cut finer than this, a message costs more to put together than to read.
const MOST_FRAGMENTS: u32 = 1_024;

/// The receiving half of a socket. While it is not asked for the next message the connection is not read, beyond its
/// fixed buffers.
pub struct Incoming {
    payload: Payload,
    /// What was read of the connection and not looked at yet.
    unread: Bytes,
    head: PartialHead,
    frame: Option<Frame>,
    message: Option<Message>,
    control: Vec<u8>,
    longest: usize,
    is_over: bool,
}

/// What came over a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A text message.
    Text(String),
    /// A binary message. Nobody here speaks in those, so what is in it is not kept.
    Binary,
    /// A ping, to be answered with its payload.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// A message longer than allowed, by its own account or in so many fragments. Nothing more is read.
    TooLong,
    /// Something that is no message. Nothing more is read.
    Garbled(Garbled),
    /// The client has said farewell, or the connection is gone. Nothing more will come.
    Closed,
}

/// In which way something is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Garbled {
    /// It breaks the protocol: not masked, of an unknown kind, out of order.
    Protocol,
    /// A text that is not UTF-8.
    Text,
}

impl Garbled {
    /// The code to close with (RFC 6455, section 7.4.1).
    #[must_use]
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Text => 1007,
        }
    }
}

#[derive(Default)]
struct PartialHead {
    bytes: [u8; LONGEST_HEAD],
    length: usize,
}

/// A frame whose head was read.
struct Frame {
    is_last: bool,
    opcode: Opcode,
    mask: [u8; 4],
    read: usize,
    length: usize,
}

/// A message whose end was not read.
struct Message {
    /// `None` for a binary one.
    text: Option<Vec<u8>>,
    length: usize,
    fragments: u32,
}

impl Incoming {
    pub(super) fn new(payload: Payload, longest: usize) -> Self {
        Self {
            payload,
            unread: Bytes::new(),
            head: PartialHead::default(),
            frame: None,
            message: None,
            control: Vec::new(),
            longest,
            is_over: false,
        }
    }

    /// What comes next. Nothing is lost if this is dropped before it completes. After [`Received::TooLong`],
    /// [`Received::Garbled`] and [`Received::Closed`] it is always [`Received::Closed`].
    pub async fn next(&mut self) -> Received {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        loop {
            if self.is_over {
                return Poll::Ready(Received::Closed);
            }
            if let Some(received) = self.digest() {
                self.is_over =
                    matches!(received, Received::TooLong | Received::Garbled(_) | Received::Closed);
                if self.is_over {
                    self.forget();
                }
                return Poll::Ready(received);
            }
            // Given back before waiting: even an empty rest would hold the buffer that it is a part of.
            self.unread = Bytes::new();
            if let Some(Ok(bytes)) = ready!(self.payload.poll_next_unpin(context)) {
                self.unread = bytes;
            } else {
                self.is_over = true;
                self.forget();
            }
        }
    }

    fn forget(&mut self) {
        (self.unread, self.message, self.control) = (Bytes::new(), None, Vec::new());
    }

    /// Works on what was read until something comes of it, or nothing is left.
    fn digest(&mut self) -> Option<Received> {
        loop {
            let outcome = if self.frame.is_none() {
                match self.read_head()? {
                    Ok(head) => self.begin(head),
                    Err(NoFrame) => Err(Received::Garbled(Garbled::Protocol)),
                }
            } else {
                Ok(())
            };
            if let Err(refused) = outcome {
                return Some(refused);
            }
            match self.read_payload() {
                Poll::Pending => return None,
                Poll::Ready(Some(received)) => return Some(received),
                Poll::Ready(None) => {}
            }
        }
    }

    /// The next head, or `None` as long as some of it is missing.
    fn read_head(&mut self) -> Option<Result<Head, NoFrame>> {
        while self.unread.has_remaining() {
            let PartialHead { bytes, length } = &mut self.head;
            bytes[*length] = self.unread.get_u8();
            *length += 1;
            match frame::head(&bytes[..*length]) {
                Ok(None) => {}
                Ok(Some(head)) => {
                    *length = 0;
                    return Some(Ok(head));
                }
                Err(no_frame) => return Some(Err(no_frame)),
            }
        }
        None
    }

    /// Judges a frame by its head, before any of its payload is kept.
    fn begin(&mut self, head: Head) -> Result<(), Received> {
        let garbled = Received::Garbled(Garbled::Protocol);
        let length = usize::try_from(head.length).map_err(|_| Received::TooLong)?;
        match (head.opcode, &self.message) {
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => return Err(garbled),
            (Opcode::Text, None) => {
                self.message = Some(Message { text: Some(Vec::new()), length: 0, fragments: 0 });
            }
            (Opcode::Binary, None) => {
                self.message = Some(Message { text: None, length: 0, fragments: 0 });
            }
            (Opcode::Continuation, Some(_)) | (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => {}
        }
        if let Opcode::Continuation | Opcode::Text | Opcode::Binary = head.opcode
            && let Some(message) = &mut self.message
        {
            message.fragments += 1;
            message.length = message.length.saturating_add(length);
            if message.length > self.longest || message.fragments > MOST_FRAGMENTS {
                return Err(Received::TooLong);
            }
        }
        let Head { is_last, opcode, mask, .. } = head;
        self.frame = Some(Frame { is_last, opcode, mask, read: 0, length });
        Ok(())
    }

    /// Reads on in the frame, and once that is read to its end tells what it amounts to, which may be nothing yet.
    fn read_payload(&mut self) -> Poll<Option<Received>> {
        let Some(frame) = self.frame.as_mut() else { return Poll::Pending };
        let piece = self.unread.split_to(self.unread.len().min(frame.length - frame.read));
        let target = match (frame.opcode, &mut self.message) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) => Some(&mut self.control),
            (Opcode::Continuation | Opcode::Text | Opcode::Binary, Some(message)) => message.text.as_mut(),
            (Opcode::Continuation | Opcode::Text | Opcode::Binary, None) => None,
        };
        if let Some(target) = target {
            let start = target.len();
            // Room for what has come, not for what was announced.
            target.extend_from_slice(&piece);
            frame::unmask(&mut target[start..], frame.mask, frame.read);
        }
        frame.read += piece.len();
        if frame.read < frame.length {
            return Poll::Pending;
        }
        let (opcode, is_last) = (frame.opcode, frame.is_last);
        self.frame = None;
        Poll::Ready(self.end(opcode, is_last))
    }

    /// What a frame that was read to its end amounts to.
    fn end(&mut self, opcode: Opcode, is_last: bool) -> Option<Received> {
        match opcode {
            Opcode::Close => Some(Received::Closed),
            Opcode::Ping => Some(Received::Ping(std::mem::take(&mut self.control).into())),
            Opcode::Pong => {
                self.control = Vec::new();
                Some(Received::Pong)
            }
            Opcode::Continuation | Opcode::Text | Opcode::Binary if !is_last => None,
            Opcode::Continuation | Opcode::Text | Opcode::Binary => {
                Some(match self.message.take()?.text.map(String::from_utf8) {
                    Some(Ok(text)) => Received::Text(text),
                    Some(Err(_)) => Received::Garbled(Garbled::Text),
                    None => Received::Binary,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
