//! How a device is connected for a while, and how that ends.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Client;

use crate::socket::Socket;

/// The addresses of the replicas.
pub(super) struct Doors {
    urls: [String; 3],
    pub(super) http: Client,
}

impl Doors {
    pub(super) fn new(urls: [&String; 3]) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
        Self { urls: urls.map(Clone::clone), http: Client::new() }
    }

    pub(super) fn any(&self, dice: &mut StdRng) -> &str {
        &self.urls[dice.random_range(0..self.urls.len())]
    }
}

/// By which transport.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transport {
    Socket,
    Polling,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    /// By a reset.
    Reset,
    /// By the end of the stream, without a word.
    Dropped,
    /// With the farewell of a client.
    Farewell,
    /// Not at all as far as the server can tell: nothing is read or said any more.
    HalfOpen,
}

/// One connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) transport: Transport,
    pub(super) cut: Cut,
    /// When it is cut at the latest, if not as soon as all is said and heard.
    pub(super) lasts: Option<Duration>,
}

impl Life {
    /// Cut in the middle of anything: the handshake, `hello`, a command, a reading.
    pub(super) fn short(dice: &mut StdRng) -> Self {
        let most = [4, 25, 120][dice.random_range(0..3)];
        Self { lasts: Some(Duration::from_micros(dice.random_range(0..most * 1_000))), ..Self::long(dice) }
    }

    /// Cut once all is said and heard.
    pub(super) fn long(dice: &mut StdRng) -> Self {
        let transport = if dice.random_bool(0.65) { Transport::Socket } else { Transport::Polling };
        let cut = match dice.random_range(0..4) {
            0 => Cut::Reset,
            1 => Cut::Dropped,
            2 => Cut::Farewell,
            _ => Cut::HalfOpen,
        };
        Self { transport, cut, lasts: None }
    }

    /// Ends the connection of this socket. Half open ones are kept in `forgotten`.
    pub(super) async fn cut(self, mut socket: Socket, forgotten: &mut Vec<Socket>) {
        match self.cut {
            Cut::Reset => socket.reset(),
            Cut::Dropped => drop(socket),
            Cut::Farewell => socket.say(&serde_json::json!({ "type": "bye" })).await,
            Cut::HalfOpen => forgotten.push(socket),
        }
    }
}
