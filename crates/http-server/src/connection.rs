//! The guard of a connection: between the socket and actix's HTTP parser.
//!
//! The parser is good and its limits are sane, but what it does about a bad client falls short of what this server
//! promises. It answers by itself, with a status and nothing else; it limits the time of the first head on a
//! connection only; it waits without end for a client that does not take its answer; and closing a socket that still
//! has unread input makes the kernel throw the answer away. The guard sees every byte pass and changes four things:
//!
//! - the parser's own answers ([`bare`]) leave as problem documents, counted and logged;
//! - every head, not just the first, must arrive in time; idle connections end by the same single timer, which is
//!   armed once in a while and not for each request ([`progress`]);
//! - a client that takes nothing of an answer for too long loses the connection ([`stall`]);
//! - a connection that became a socket is left to its owner, until the owner has said its last word: then the
//!   connection says at once that nothing follows, so that the client need not wait to see it end;
//! - after a refusal the rest of the input is read for a moment, so that the refusal arrives.
//!
//! Bodies are limited where they are read (`json`), handlers where they are called (`contain`).

mod bare;
mod progress;
mod stall;

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::rt;
use actix_web::rt::net::TcpStream;
use signal_protocol::ErrorCode;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, sleep_until};

use crate::Problem;
use crate::edge::Edge;
use crate::render::{Document, trace_id};

use progress::Expired;
pub(crate) use progress::Progress;
use stall::Stall;

/// How long, and how much, is read after a refusal.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// A connection that is watched.
pub(crate) struct Guarded {
    /// Taken only when the guard is dropped.
    socket: Option<TcpStream>,
    progress: Rc<Progress>,
    timer: Option<Pin<Box<Sleep>>>,
    stall: Stall,
    /// The last words, sent after the parser has let go of the connection.
    refusal: Option<Vec<u8>>,
    /// The client was told that nothing follows.
    has_shut_down: bool,
    edge: Arc<Edge>,
}

impl Guarded {
    pub(crate) fn new(socket: TcpStream, edge: Arc<Edge>) -> Self {
        let progress = Progress::new(edge.settings.header_timeout(), edge.settings.keep_alive());
        let stall = Stall::new(edge.settings.write_timeout());
        Self {
            socket: Some(socket),
            progress: Rc::new(progress),
            timer: None,
            stall,
            refusal: None,
            has_shut_down: false,
            edge,
        }
    }

    /// What the application tells the guard, through the data of the connection.
    pub(crate) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Ends the connection with `before` and a refusal. The error makes the parser drop it at once, and keeps it from
    /// writing a line at level ERROR about what a client did.
    fn refuse(&mut self, problem: &Problem, before: &[u8]) -> io::Error {
        let span = tracing::info_span!("http.refused", otel.kind = "server");
        let _entered = span.entered();
        tracing::info!(code = problem.code().as_str(), "request.unreadable");
        self.edge.metrics.refused_connections.inc();
        let trace_id = trace_id();
        let date = self.edge.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut refusal = before.to_vec();
        refusal.extend(Document::of(problem, &trace_id).into_response(&trace_id, &date));
        self.refusal = Some(refusal);
        io::ErrorKind::ConnectionAborted.into()
    }

    /// Whether the client's time is up. Called when there is nothing to read.
    fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<Expired> {
        loop {
            let timer = self.timer.get_or_insert_with(|| {
                Box::pin(sleep_until(self.progress.look_again(Instant::now()).into()))
            });
            ready!(timer.as_mut().poll(context));
            let now = Instant::now();
            match self.progress.judge(now) {
                Some(expired) => return Poll::Ready(expired),
                None => timer.as_mut().reset(self.progress.look_again(now).into()),
            }
        }
    }

    /// Ends the connection with a reset: closing it in good order would leave the kernel waiting for the same client.
    fn abort(&mut self) -> io::Error {
        tracing::info!("connection.stalled");
        self.edge.metrics.stalled_connections.inc();
        if let Some(socket) = &self.socket {
            // A socket that refuses is closed in good order.
            let _ = socket.set_zero_linger();
        }
        io::ErrorKind::TimedOut.into()
    }

    fn socket(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.socket.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        if let Poll::Ready(outcome) = self.socket()?.poll_read(context, buffer) {
            if buffer.filled().len() > filled {
                self.progress.received();
            }
            return Poll::Ready(outcome);
        }
        if self.progress.was_upgraded() {
            self.timer = None;
            return Poll::Pending;
        }
        Poll::Ready(Err(match ready!(self.poll_expired(context)) {
            Expired::Slow => self.refuse(&Problem::new(ErrorCode::RequestTimeout), &[]),
            Expired::Idle => io::ErrorKind::TimedOut.into(),
        }))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // What leaves a socket is nobody's HTTP, whatever it looks like.
        if !self.progress.was_upgraded()
            && let Some((before, problem)) = bare::find(bytes)
        {
            return Poll::Ready(Err(self.refuse(&problem, before)));
        }
        if let Poll::Ready(outcome) = self.socket()?.poll_write(context, bytes) {
            self.progress.sent();
            self.stall.moved();
            return Poll::Ready(outcome);
        }
        if self.progress.is_socket() {
            return Poll::Pending;
        }
        ready!(self.stall.poll_over(context));
        Poll::Ready(Err(self.abort()))
    }

    // A TCP socket never makes one wait for the two below, so nothing can stall in them.

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.socket()?.poll_flush(context))?;
        // Called once all that was given to the parser is written.
        if self.progress.has_parted() { self.poll_shutdown(context) } else { Poll::Ready(Ok(())) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.has_shut_down {
            ready!(self.socket()?.poll_shutdown(context))?;
            self.has_shut_down = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let (Some(socket), Some(refusal)) = (self.socket.take(), self.refusal.take()) {
            rt::spawn(part(socket, refusal));
        }
    }
}

/// Sends the refusal, says that nothing follows, and reads on until the client has understood.
async fn part(mut socket: TcpStream, refusal: Vec<u8>) {
    let farewell = async {
        socket.write_all(&refusal).await?;
        socket.shutdown().await?;
        tokio::io::copy(&mut socket.take(LINGER_BYTES), &mut tokio::io::sink()).await
    };
    // Whatever comes of it, the connection is over.
    let _ = tokio::time::timeout(LINGER, farewell).await;
}
