//! Reading a body: no more than the limit, no longer than the bound.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use signal_protocol::ErrorCode;
use tokio::time::{Sleep, sleep};

use crate::{Problem, current};

/// Refuses a body that is too large by its own account, before a byte of it is read.
pub(super) fn check_announced_length(headers: &HeaderMap, limit: usize) -> Result<(), Problem> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    match announced {
        Some(length) if length > limit as u64 => Err(Problem::new(ErrorCode::TooLarge)),
        Some(_) | None => Ok(()),
    }
}

/// The whole body. `bound` counts from the first time that the client is waited for, so a body that is already there
/// costs no timer.
pub(super) async fn read(mut payload: Payload, limit: usize, bound: Duration) -> Result<Bytes, Problem> {
    let mut collected = Collected::Nothing;
    let mut deadline: Option<Pin<Box<Sleep>>> = None;
    poll_fn(move |context| {
        loop {
            match payload.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(chunk))) => {
                    if collected.len() + chunk.len() > limit {
                        return Poll::Ready(Err(Problem::new(ErrorCode::TooLarge)));
                    }
                    collected.add(chunk);
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(&error))),
                Poll::Ready(None) => return Poll::Ready(Ok(collected.take())),
                Poll::Pending => {
                    current::reading();
                    let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(bound)));
                    return deadline
                        .as_mut()
                        .poll(context)
                        .map(|()| Err(Problem::new(ErrorCode::RequestTimeout)));
                }
            }
        }
    })
    .await
}

/// A body that ended early or is not framed as it says.
fn broken(error: &PayloadError) -> Problem {
    tracing::info!(%error, "request.body_broke_off");
    Problem::new(ErrorCode::MalformedJson)
}

/// Most bodies come in one piece, which is then not copied.
enum Collected {
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Collected {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(chunk) => chunk.len(),
            Self::Many(chunks) => chunks.len(),
        }
    }

    fn add(&mut self, chunk: Bytes) {
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Self::One(chunk),
            Self::One(first) => {
                let mut chunks = BytesMut::from(&first[..]);
                chunks.extend_from_slice(&chunk);
                Self::Many(chunks)
            }
            Self::Many(mut chunks) => {
                chunks.extend_from_slice(&chunk);
                Self::Many(chunks)
            }
        };
    }

    fn take(&mut self) -> Bytes {
        match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Bytes::new(),
            Self::One(chunk) => chunk,
            Self::Many(chunks) => chunks.freeze(),
        }
    }
}
