//! A client of sockets: what the load of `cargo xtask bench signalling` is made of.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context as _, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// There are thousands in one process.
const READ_BUFFER_BYTES: usize = 4096;

/// An open socket.
#[derive(Debug)]
pub struct Client(WebSocketStream<TcpStream>);

/// What comes from the server.
#[derive(Debug)]
pub enum Said {
    /// A message.
    Message(Value),
    /// A ping, which is answered.
    Ping,
}

/// Connects from an address of this machine.
///
/// # Errors
/// Nobody listens, or all ports of the address are in use.
pub async fn dial(to: SocketAddr, from: Ipv4Addr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4().context("making a socket")?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).with_context(|| format!("binding {from}"))?;
    let stream = socket.connect(to).await.with_context(|| format!("connecting to {to}"))?;
    stream.set_nodelay(true).context("sending without delay")?;
    Ok(stream)
}

impl Client {
    /// Connects, and says nothing.
    ///
    /// # Errors
    /// The server is not there, or refuses the handshake.
    pub async fn connect(to: SocketAddr, from: Ipv4Addr) -> anyhow::Result<Self> {
        let mut request = format!("ws://{to}/api/realtime/ws").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("realtime.v1"));
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let stream = dial(to, from).await?;
        let (stream, _) = client_async_with_config(request, stream, Some(config))
            .await
            .map_err(|error| anyhow::anyhow!("the handshake: {error}"))?;
        Ok(Self(stream))
    }

    /// Says who it is, and gives what it is welcomed with.
    ///
    /// # Errors
    /// It is not welcome.
    pub async fn hello(&mut self, token: &str, after: Option<&str>) -> anyhow::Result<Value> {
        let mut hello = json!({ "type": "hello", "token": token, "device": "browser" });
        if let Some(after) = after {
            hello["after"] = json!(after);
        }
        self.say(&hello).await?;
        let welcome = self.message().await?;
        ensure!(welcome["type"] == "welcome", "this is no welcome: {welcome}");
        Ok(welcome)
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        self.0.send(Message::text(message.to_string())).await.context("sending")
    }

    /// The next message.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn message(&mut self) -> anyhow::Result<Value> {
        loop {
            if let Said::Message(message) = self.next().await? {
                return Ok(message);
            }
        }
    }

    /// What comes next. Nothing is lost if this is dropped before it completes.
    ///
    /// # Errors
    /// The socket was closed, or is gone.
    pub async fn next(&mut self) -> anyhow::Result<Said> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(Said::Message(serde_json::from_str(&text)?)),
                Some(Ok(Message::Ping(_))) => return Ok(Said::Ping),
                Some(Ok(Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(Some(close)))) => bail!("closed: {} {}", close.code, close.reason),
                Some(Ok(Message::Close(None))) => bail!("closed without a word"),
                Some(Err(error)) => return Err(error).context("receiving"),
                None => bail!("the connection ended"),
            }
        }
    }
}
