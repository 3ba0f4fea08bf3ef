//! A client's end of a socket, by a WebSocket library that is not ours.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};
use uuid::Uuid;

use crate::world::World;

/// How long anything may take before the test fails.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// An open socket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The handshake of a client that offers these subprotocols, from a page of this origin.
pub(crate) fn handshake(url: &str, subprotocols: Option<&str>, origin: Option<&str>) -> Request {
    let url = format!("{}/api/realtime/ws", url.replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    for (name, value) in [("sec-websocket-protocol", subprotocols), ("origin", origin)] {
        if let Some(value) = value {
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    request
}

impl Socket {
    /// Connects, and says nothing.
    pub(crate) async fn open(url: &str) -> Self {
        Self::by(handshake(url, Some("realtime.v1"), None)).await.unwrap()
    }

    /// Connects with a window so small that what is not read soon waits at the server.
    pub(crate) async fn narrow(url: &str) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4_096).unwrap();
        let tcp = tcp.connect(url.trim_start_matches("http://").parse().unwrap()).await.unwrap();
        let request = handshake(url, Some("realtime.v1"), None);
        let (stream, _) = client_async(request, MaybeTlsStream::Plain(tcp)).await.unwrap();
        Self { stream }
    }

    /// The same by any handshake.
    pub(crate) async fn by(request: Request) -> Result<Self, Error> {
        let (stream, response) = connect_async(request).await?;
        assert!(response.headers().contains_key("sec-websocket-protocol"));
        Ok(Self { stream })
    }

    /// Connects to the service of `world` as a device of somebody; gives what it is welcomed with.
    pub(crate) async fn of(world: &World, user: &str, device: &str) -> (Self, Value) {
        Self::resumed(&world.url, &world.token(user, &[]), device, None).await
    }

    /// Connects with this token, and goes on after this cursor.
    pub(crate) async fn resumed(url: &str, token: &str, device: &str, after: Option<&str>) -> (Self, Value) {
        let mut socket = Self::open(url).await;
        socket.hello(token, device, after).await;
        let welcome = socket.next().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        (socket, welcome)
    }

    pub(crate) async fn hello(&mut self, token: &str, device: &str, after: Option<&str>) {
        let mut hello = json!({ "type": "hello", "token": token, "device": device });
        if let Some(after) = after {
            hello["after"] = json!(after);
        }
        self.say(&hello).await;
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// Sends a frame. One that the server does not want any more is not sent, which what it says shows.
    pub(crate) async fn send(&mut self, message: Message) {
        let _ = self.stream.send(message).await;
    }

    /// The next message; pings and pongs are passed over.
    pub(crate) async fn next(&mut self) -> Value {
        match self.frame().await {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(close) => panic!("the socket was closed: {close:?}"),
        }
    }

    /// The next message of this type; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The next event of this type; other messages are passed over.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next_of("event").await["event"].take();
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Commands, and waits for the answer; other messages are passed over.
    pub(crate) async fn command(&mut self, name: &str, more: &Value) -> Value {
        self.command_as(&Uuid::new_v4().to_string(), name, more).await
    }

    /// The same with a request id of the caller's choice.
    pub(crate) async fn command_as(&mut self, request_id: &str, name: &str, more: &Value) -> Value {
        let mut command = json!({ "type": "command", "request_id": request_id, "name": name });
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.say(&command).await;
        loop {
            let answer = self.next_of("answer").await;
            if answer["request_id"] == request_id {
                return answer;
            }
        }
    }

    /// How the server closes: the code and the reason. Messages before it are passed over.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(close) = self.frame().await {
                let close = close.expect("the server says why it closes");
                return (close.code.into(), close.reason.to_string());
            }
        }
    }

    /// The next message, or how the socket was closed: without a word if there is nothing.
    pub(crate) async fn hear(&mut self) -> Result<Value, Option<CloseFrame>> {
        self.frame().await.map(|text| serde_json::from_str(&text).unwrap())
    }

    /// Is gone, as a device without power is to a server that is told of it: by a reset.
    pub(crate) fn reset(self) {
        if let MaybeTlsStream::Plain(tcp) = self.stream.get_ref() {
            tcp.set_zero_linger().unwrap();
        }
    }

    /// The next text, or how it was closed: without a word if there is nothing.
    async fn frame(&mut self) -> Result<String, Option<CloseFrame>> {
        loop {
            let frame = timeout(BOUND, self.stream.next()).await.expect("the server says something");
            match frame {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(close))) => return Err(close),
                Some(Ok(other)) => panic!("{other:?}"),
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}
