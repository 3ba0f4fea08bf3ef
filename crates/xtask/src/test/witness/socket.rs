//! A WebSocket to the gateway, by a library that is not ours.

use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::messages::{Message, Welcome};

/// What a client gives a WebSocket until its welcome (docs/protocol.md).
const WELCOME_BOUND: Duration = Duration::from_secs(3);

/// Nobody waits longer for a message to leave.
const SEND_BOUND: Duration = Duration::from_secs(10);

/// There are hundreds in one process.
const READ_BUFFER_BYTES: usize = 4096;

/// An open socket that was welcomed.
pub(super) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// The token that it was opened with.
    pub(super) token: String,
}

/// How a socket ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Closed {
    /// The number of the close frame; 1006 where there was none.
    pub(super) code: u16,
    /// Its reason, or what became of the connection.
    pub(super) reason: String,
}

impl Closed {
    fn lost(reason: impl fmt::Display) -> Self {
        Self { code: 1006, reason: reason.to_string() }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.reason)
    }
}

impl Socket {
    /// Connects to the gateway at `authority`, says who it is and is welcomed, all within 3 s.
    pub(super) async fn open(
        authority: &str,
        token: &str,
        device: &str,
        after: Option<&str>,
    ) -> Result<(Self, Welcome), Closed> {
        let opened = timeout(WELCOME_BOUND, Self::welcomed(authority, token, device, after)).await;
        opened.unwrap_or_else(|_| Err(Closed::lost(format_args!("no welcome within {WELCOME_BOUND:?}"))))
    }

    async fn welcomed(
        authority: &str,
        token: &str,
        device: &str,
        after: Option<&str>,
    ) -> Result<(Self, Welcome), Closed> {
        let mut request =
            format!("ws://{authority}/api/realtime/ws").into_client_request().map_err(Closed::lost)?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("realtime.v1"));
        let stream = TcpStream::connect(authority).await.map_err(Closed::lost)?;
        stream.set_nodelay(true).map_err(Closed::lost)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let (stream, _) =
            client_async_with_config(request, stream, Some(config)).await.map_err(Closed::lost)?;
        let mut socket = Self { stream, token: token.to_owned() };
        let mut hello = json!({ "type": "hello", "token": token, "device": device });
        if let Some(after) = after {
            hello["after"] = json!(after);
        }
        socket.say(&hello).await?;
        match socket.next().await? {
            Message::Welcome(welcome) => Ok((socket, welcome)),
            other => Err(Closed::lost(format_args!("{other:?} instead of a welcome"))),
        }
    }

    /// Sends a message.
    pub(super) async fn say(&mut self, message: &Value) -> Result<(), Closed> {
        let sent = timeout(SEND_BOUND, self.stream.send(Frame::text(message.to_string()))).await;
        sent.unwrap_or(Ok(())).map_err(Closed::lost)
    }

    /// The next message. Pings are answered by the library. Nothing is lost if this is dropped before it completes.
    pub(super) async fn next(&mut self) -> Result<Message, Closed> {
        loop {
            match self.stream.next().await {
                Some(Ok(Frame::Text(text))) => return serde_json::from_str(&text).map_err(Closed::lost),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Binary(_) | Frame::Frame(_))) => {}
                Some(Ok(Frame::Close(Some(close)))) => {
                    return Err(Closed { code: close.code.into(), reason: close.reason.to_string() });
                }
                Some(Ok(Frame::Close(None))) => return Err(Closed::lost("closed without a word")),
                Some(Err(error)) => return Err(Closed::lost(error)),
                None => return Err(Closed::lost("the connection ended")),
            }
        }
    }
}
