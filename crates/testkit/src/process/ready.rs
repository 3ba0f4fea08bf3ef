//! The conditions by which a server is known to serve.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::output::Output;
use crate::http_client;

/// A server is probed this often; each probe is a loopback connection at most.
const BETWEEN_PROBES: Duration = Duration::from_millis(25);

/// When a process counts as ready.
#[derive(Clone, Copy, Debug)]
pub enum Ready<'a> {
    /// A `GET` of this address is answered with a 2xx.
    Http(&'a str),
    /// Somebody accepts connections there.
    Tcp(SocketAddr),
    /// A line of its output holds this text.
    Line(&'a str),
}

impl Ready<'_> {
    pub(super) async fn holds(&self, output: &Output) {
        let client = http_client::client();
        loop {
            let ready = match self {
                Self::Http(url) => {
                    client.get(*url).send().await.is_ok_and(|answer| answer.status().is_success())
                }
                Self::Tcp(address) => TcpStream::connect(address).await.is_ok(),
                Self::Line(text) => output.contains(text),
            };
            if ready {
                return;
            }
            tokio::time::sleep(BETWEEN_PROBES).await;
        }
    }
}

impl fmt::Display for Ready<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => write!(formatter, "a good answer from {url}"),
            Self::Tcp(address) => write!(formatter, "connections accepted at {address}"),
            Self::Line(text) => write!(formatter, "a line with {text:?}"),
        }
    }
}
