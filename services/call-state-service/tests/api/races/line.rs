//! A line through the test: what goes to a server goes on at once; what it answers can be held back, or lost.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How a connection is lost.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    /// When its first answer has come, which nobody gets: what was asked for is done.
    Answer,
    /// When its first request has gone on: what was asked for may be done, now or later or never.
    Request,
}

/// A line to one server. It is gone with this.
pub(super) struct Line {
    /// Where to connect to instead of to the server.
    pub(super) address: SocketAddr,
    holds: watch::Sender<bool>,
    held: Held,
    _connections: JoinSet<()>,
}

/// What each connection holds back.
#[derive(Clone, Default)]
struct Held(Arc<Mutex<Vec<Vec<u8>>>>);

impl Line {
    /// A line to the server at `target`. Its first connections are lost as `cuts` says, one each; the others are not.
    pub(super) async fn to(target: SocketAddr, cuts: impl Into<VecDeque<Cut>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (holds, is_held) = watch::channel(false);
        let (held, mut cuts) = (Held::default(), cuts.into());
        let mut connections = JoinSet::new();
        let all = held.clone();
        connections.spawn(async move {
            let mut running = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (place, cut) = (all.add(), cuts.pop_front());
                let (all, is_held) = (all.clone(), is_held.clone());
                running.spawn(async move {
                    // A connection that breaks is what its client is there to see.
                    let _ = connection(client, target, cut, Answers { all, place, is_held }).await;
                });
            }
        });
        Self { address, holds, held, _connections: connections }
    }

    /// From now on answers are held back.
    pub(super) fn hold(&self) {
        self.holds.send_replace(true);
    }

    /// Whether an answer with this in it is held back.
    pub(super) fn has_held(&self, text: &str) -> bool {
        self.held.with(|all| {
            all.iter().any(|held| held.windows(text.len()).any(|window| window == text.as_bytes()))
        })
    }

    /// Gives everybody what was held back, and holds nothing more.
    pub(super) fn let_go(&self) {
        self.holds.send_replace(false);
    }

    /// Whether all that was held back has been given.
    pub(super) fn has_let_go(&self) -> bool {
        self.held.with(|all| all.iter().all(Vec::is_empty))
    }
}

impl Held {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self) -> usize {
        self.with(|all| {
            all.push(Vec::new());
            all.len() - 1
        })
    }
}

async fn connection(
    client: TcpStream,
    target: SocketAddr,
    cut: Option<Cut>,
    answers: Answers,
) -> std::io::Result<()> {
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut chunk = vec![0; 64 * 1024];
    match cut {
        None => tokio::select! {
            done = tokio::io::copy(&mut from_client, &mut to_server) => done.map(|_| ()),
            done = answers.pass_on(from_server, to_client) => done,
        },
        Some(Cut::Answer) => tokio::select! {
            done = tokio::io::copy(&mut from_client, &mut to_server) => done.map(|_| ()),
            done = from_server.read(&mut chunk) => done.map(|_| ()),
        },
        Some(Cut::Request) => {
            let length = from_client.read(&mut chunk).await?;
            to_server.write_all(&chunk[..length]).await
        }
    }
}

/// The answers of one connection.
struct Answers {
    all: Held,
    place: usize,
    is_held: watch::Receiver<bool>,
}

impl Answers {
    async fn pass_on(
        mut self,
        mut from_server: OwnedReadHalf,
        mut to_client: OwnedWriteHalf,
    ) -> std::io::Result<()> {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            tokio::select! {
                length = from_server.read(&mut chunk) => match length? {
                    0 => return Ok(()),
                    length => self.all.with(|all| all[self.place].extend_from_slice(&chunk[..length])),
                },
                Ok(()) = self.is_held.changed() => {}
            }
            if !*self.is_held.borrow_and_update() {
                let all = self.all.with(|all| all[self.place].clone());
                to_client.write_all(&all).await?;
                // Only now: until then it is not with the client.
                self.all.with(|held| drop(held[self.place].drain(..all.len())));
            }
        }
    }
}
