//! What the server says over a socket.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

use super::frame::{self, LONGEST_CONTROL, Opcode};
use crate::connection::Progress;

/// Messages that may wait. A last resort: whoever speaks over a socket has an earlier limit, and something to say
/// about it.
const MOST_WAITING: usize = 1_024;
/// An empty queue with more room than this is given back.
const ROOM_KEPT: usize = 16;

/// The sending half of a socket. Dropping it ends the connection without a word; [`close`](Self::close) says why.
pub struct Outgoing(Rc<RefCell<Outbox>>);

/// A message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// The connection is gone.
    #[error("the connection is gone")]
    Gone,
    /// Far too many messages wait for a client that does not read.
    #[error("too many messages wait already")]
    Full,
}

/// What is on its way from the owner of a socket to its connection.
struct Outbox {
    texts: VecDeque<Bytes>,
    /// Only the latest ping needs an answer (RFC 6455, section 5.5.3).
    pong: Option<Bytes>,
    ping: bool,
    close: Option<Bytes>,
    /// The owner has said its last word.
    is_over: bool,
    is_gone: bool,
    /// How many messages were taken by the connection since the owner last asked.
    sent: usize,
    connection: Option<Waker>,
    owner: Option<Waker>,
    progress: Option<Rc<Progress>>,
}

impl Outgoing {
    /// A sending half, and the body of the answer that what it is given leaves by.
    pub(super) fn new(progress: Option<Rc<Progress>>) -> (Self, Outflow) {
        let outbox = Rc::new(RefCell::new(Outbox {
            texts: VecDeque::new(),
            pong: None,
            ping: false,
            close: None,
            is_over: false,
            is_gone: false,
            sent: 0,
            connection: None,
            owner: None,
            progress,
        }));
        (Self(Rc::clone(&outbox)), Outflow(outbox))
    }

    /// Puts a message behind those that wait. Returns at once, whether or not the client reads.
    ///
    /// # Errors
    /// It will not be sent, and neither will any other.
    pub fn text(&self, text: &str) -> Result<(), Unsent> {
        let mut outbox = self.0.borrow_mut();
        if outbox.is_gone {
            return Err(Unsent::Gone);
        }
        if outbox.texts.len() >= MOST_WAITING {
            return Err(Unsent::Full);
        }
        outbox.texts.push_back(frame::message(Opcode::Text, text.as_bytes()).into());
        outbox.wake_connection();
        Ok(())
    }

    /// Pings, before whatever waits.
    pub fn ping(&self) {
        let mut outbox = self.0.borrow_mut();
        outbox.ping = true;
        outbox.wake_connection();
    }

    /// Answers a ping, before whatever waits. Pings that come faster than their answers leave are answered by the last.
    pub fn pong(&self, payload: &[u8]) {
        let payload = &payload[..payload.len().min(LONGEST_CONTROL)];
        let mut outbox = self.0.borrow_mut();
        outbox.pong = Some(frame::message(Opcode::Pong, payload).into());
        outbox.wake_connection();
    }

    /// How many messages the connection has taken since this was last asked, once it has taken any. One that it has
    /// taken is in a buffer of a few dozen KiB, or beyond. Waits for ever once the connection is gone.
    pub async fn sent(&mut self) -> usize {
        poll_fn(|context| {
            let mut outbox = self.0.borrow_mut();
            match std::mem::take(&mut outbox.sent) {
                0 => {
                    remember(&mut outbox.owner, context);
                    Poll::Pending
                }
                sent => Poll::Ready(sent),
            }
        })
        .await
    }

    /// Forgets the messages that wait: for a client that is closed upon because it does not read them.
    pub fn discard(&mut self) {
        self.0.borrow_mut().texts = VecDeque::new();
    }

    /// Says the last word, behind the messages that wait, and ends the connection. It lasts a second longer at most
    /// unless the client does not read; then it is cut after the server's `write_timeout_ms`.
    pub fn close(mut self, code: u16, reason: &str) {
        self.say_last(code, reason);
    }

    /// Says the last word, and keeps the connection until this is dropped: for whoever still has work to do on this worker,
    /// which ends with the last of its connections once the server stops.
    pub fn say_last(&mut self, code: u16, reason: &str) {
        let mut outbox = self.0.borrow_mut();
        outbox.close = Some(frame::close(code, reason).into());
        outbox.wake_connection();
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let mut outbox = self.0.borrow_mut();
        outbox.is_over = true;
        // From now on the connection's guard may lose its patience.
        if let Some(progress) = &outbox.progress {
            progress.parting();
        }
        outbox.wake_connection();
    }
}

impl Outbox {
    fn wake_connection(&self) {
        if let Some(connection) = &self.connection {
            connection.wake_by_ref();
        }
    }

    /// The next frame: control frames first, the last word last.
    fn next(&mut self) -> Option<Bytes> {
        if let Some(pong) = self.pong.take() {
            return Some(pong);
        }
        if std::mem::take(&mut self.ping) {
            return Some(Bytes::from_static(&[0x89, 0]));
        }
        if let Some(text) = self.texts.pop_front() {
            if self.texts.is_empty() && self.texts.capacity() > ROOM_KEPT {
                self.texts = VecDeque::new();
            }
            self.sent += 1;
            if let Some(owner) = self.owner.take() {
                owner.wake();
            }
            return Some(text);
        }
        self.close.take()
    }
}

/// The body of the answer to a handshake: everything that leaves.
pub(super) struct Outflow(Rc<RefCell<Outbox>>);

impl MessageBody for Outflow {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let mut outbox = self.0.borrow_mut();
        if let Some(frame) = outbox.next() {
            return Poll::Ready(Some(Ok(frame)));
        }
        if outbox.is_over {
            if let Some(progress) = &outbox.progress {
                progress.parted();
            }
            return Poll::Ready(None);
        }
        remember(&mut outbox.connection, context);
        Poll::Pending
    }
}

impl Drop for Outflow {
    fn drop(&mut self) {
        let mut outbox = self.0.borrow_mut();
        outbox.is_gone = true;
        outbox.texts = VecDeque::new();
    }
}

fn remember(waker: &mut Option<Waker>, context: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(context.waker()),
        None => *waker = Some(context.waker().clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn the_last_word_leaves_at_once_and_the_connection_lasts_as_long_as_its_owner() {
        let (mut outgoing, outflow) = Outgoing::new(None);
        let mut outflow = pin!(outflow);
        let mut context = Context::from_waker(Waker::noop());
        assert!(outflow.as_mut().poll_next(&mut context).is_pending());
        outgoing.say_last(1012, "restart");
        let Poll::Ready(Some(Ok(frame))) = outflow.as_mut().poll_next(&mut context) else {
            panic!("it is sent though there is work to do");
        };
        assert_eq!(frame, frame::close(1012, "restart"));
        assert!(outflow.as_mut().poll_next(&mut context).is_pending());
        drop(outgoing);
        assert!(matches!(outflow.as_mut().poll_next(&mut context), Poll::Ready(None)));
    }
}
