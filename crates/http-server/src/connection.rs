//! The guard of a connection: between the socket and actix's HTTP parser.
//!
//! The parser is good and its limits are sane, but what it does about a bad client falls short of what this server
//! promises. It answers by itself, with a status and nothing else; it limits the time of the first head on a
//! connection only; and closing a socket that still has unread input makes the kernel throw the answer away. The
//! guard sees every byte pass and changes three things:
//!
//! - the parser's own answers ([`bare`]) leave as problem documents, counted and logged;
//! - every head, not just the first, must arrive in time; idle connections end by the same single timer, which is
//!   armed once in a while and not for each request ([`progress`]);
//! - after a refusal the rest of the input is read for a moment, so that the refusal arrives.
//!
//! Bodies are limited where they are read (`json`), handlers where they are called (`contain`).

mod bare;
mod progress;

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::rt;
use actix_web::rt::net::TcpStream;
use bytes::{Buf as _, Bytes};
use signal_protocol::ErrorCode;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, sleep_until};

use crate::Problem;
use crate::edge::Edge;
use crate::render::{Document, trace_id};

pub(crate) use progress::Progress;
use progress::Verdict;

/// How long, and how much, is read after a refusal.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// A connection that is watched.
pub(crate) struct Guarded {
    /// Taken only when the guard is dropped.
    socket: Option<TcpStream>,
    progress: Rc<Progress>,
    timer: Option<Pin<Box<Sleep>>>,
    /// A refusal that has not left yet.
    refusal: Bytes,
    /// Nothing more is read.
    closed: bool,
    /// A refusal was written, and the client may still be talking.
    refused: bool,
    edge: Arc<Edge>,
}

impl Guarded {
    pub(crate) fn new(socket: TcpStream, edge: Arc<Edge>) -> Self {
        let progress = Progress::new(edge.settings.header_timeout(), edge.settings.keep_alive());
        Self {
            socket: Some(socket),
            progress: Rc::new(progress),
            timer: None,
            refusal: Bytes::new(),
            closed: false,
            refused: false,
            edge,
        }
    }

    /// What the application tells the guard, through the data of the connection.
    pub(crate) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Puts a refusal in place of what would have left.
    fn refuse(&mut self, problem: &Problem, before: &[u8]) {
        let span = tracing::info_span!("http.refused", otel.kind = "server");
        let _entered = span.entered();
        tracing::info!(code = problem.code().as_str(), "refused what is no request");
        self.edge.metrics.refused_connections.inc();
        let trace_id = trace_id();
        let date = self.edge.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut answer = before.to_vec();
        answer.extend(Document::of(problem, &trace_id).into_response(&trace_id, &date));
        self.refusal = answer.into();
        self.refused = true;
    }

    /// Whether the client's time is up. Called when there is nothing to read.
    fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<Verdict> {
        loop {
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(self.progress.look_again(Instant::now()).into())));
            ready!(timer.as_mut().poll(context));
            let now = Instant::now();
            match self.progress.judge(now) {
                Verdict::Wait => timer.as_mut().reset(self.progress.look_again(now).into()),
                verdict @ (Verdict::Idle | Verdict::Slow) => return Poll::Ready(verdict),
            }
        }
    }

    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let socket = self.socket.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            let written = ready!(Pin::new(socket).poll_write(context, &self.refusal))?;
            self.refusal.advance(written);
        }
        Poll::Ready(Ok(()))
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
        let this = &mut *self;
        if this.closed {
            return Poll::Ready(Ok(()));
        }
        let filled = buffer.filled().len();
        if let Poll::Ready(outcome) = this.socket()?.poll_read(context, buffer) {
            if buffer.filled().len() > filled {
                this.progress.received();
            }
            return Poll::Ready(outcome);
        }
        match ready!(this.poll_expired(context)) {
            Verdict::Slow => this.refuse(&Problem::new(ErrorCode::RequestTimeout), &[]),
            Verdict::Idle | Verdict::Wait => {}
        }
        // The end of input makes the parser close the connection; flushing on its way out sends the refusal.
        this.closed = true;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_refusal(context))?;
        if let Some((before, problem)) = bare::find(bytes) {
            this.refuse(&problem, before);
            return Poll::Ready(Ok(bytes.len()));
        }
        this.progress.sent();
        this.socket()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        self.socket()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(context))?;
        self.socket()?.poll_shutdown(context)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if self.refused
            && let Some(socket) = self.socket.take()
        {
            rt::spawn(linger(socket, std::mem::take(&mut self.refusal)));
        }
    }
}

/// Sends what is left of the refusal, says that nothing follows, and reads on until the client has understood.
async fn linger(mut socket: TcpStream, refusal: Bytes) {
    let farewell = async {
        socket.write_all(&refusal).await?;
        socket.shutdown().await?;
        tokio::io::copy(&mut socket.take(LINGER_BYTES), &mut tokio::io::sink()).await
    };
    // Whatever comes of it, the connection is over.
    let _ = tokio::time::timeout(LINGER, farewell).await;
}
