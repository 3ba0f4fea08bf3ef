//! A client that sends exactly the frames it is told to.

use std::net::SocketAddr;

pub(super) use testkit::frames::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, head};
use testkit::frames::{LAST, frame};

use crate::raw::{Answer, Connection, request};

/// The headers of a handshake as it should be. The key and the proof of it are those of RFC 6455, section 1.3.
pub(super) const HANDSHAKE: [(&str, &str); 5] = [
    ("Connection", "keep-alive, Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Protocol", "realtime.v1"),
];
pub(super) const PROOF: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// An open socket.
pub(super) struct Socket {
    pub(super) connection: Connection,
}

impl Socket {
    pub(super) async fn open(address: SocketAddr) -> Self {
        Self::open_with(address, &[]).await
    }

    pub(super) async fn open_with(address: SocketAddr, headers: &[(&str, &str)]) -> Self {
        let mut connection = Connection::open(address).await;
        connection.send(handshake_with(headers)).await;
        let answer = connection.receive().await;
        assert_eq!(answer.status, 101, "{answer:?}");
        Self { connection }
    }

    pub(super) async fn send(&mut self, frame: impl AsRef<[u8]>) {
        self.connection.send(frame).await;
    }

    pub(super) async fn say(&mut self, text: &str) {
        self.send(whole(TEXT, text.as_bytes())).await;
    }

    /// The next frame: what it is for, and what is in it.
    pub(super) async fn receive(&mut self) -> (u8, Vec<u8>) {
        let head = self.connection.read(2).await;
        assert_eq!(head[0] & 0xF0, LAST, "a whole message");
        let length = match head[1] {
            126 => usize::from(u16::from_be_bytes(self.connection.read(2).await.try_into().unwrap())),
            127 => u64::from_be_bytes(self.connection.read(8).await.try_into().unwrap()).try_into().unwrap(),
            length => usize::from(length),
        };
        (head[0] & 0x0F, self.connection.read(length).await)
    }

    /// The next frame, which is a text.
    pub(super) async fn hear(&mut self) -> String {
        let (opcode, payload) = self.receive().await;
        assert_eq!(opcode, TEXT, "{}", String::from_utf8_lossy(&payload));
        String::from_utf8(payload).unwrap()
    }

    /// The last word of the server, which is followed by the end of the connection.
    pub(super) async fn farewell(mut self) -> (u16, String) {
        let (opcode, payload) = self.receive().await;
        assert_eq!(opcode, CLOSE, "{}", String::from_utf8_lossy(&payload));
        assert!(self.connection.is_closed_by_server().await);
        let (code, reason) = payload.split_at(2);
        (u16::from_be_bytes(code.try_into().unwrap()), String::from_utf8(reason.to_vec()).unwrap())
    }
}

/// A handshake with `headers` instead of the usual ones of the same name. An empty value leaves the header out.
pub(super) fn handshake_with(headers: &[(&str, &str)]) -> String {
    let is_replaced = |name: &str| headers.iter().any(|(other, _)| *other == name);
    let usual = HANDSHAKE.into_iter().filter(|(name, _)| !is_replaced(name));
    let given = headers.iter().copied().filter(|(_, value)| !value.is_empty());
    request("GET", "/socket", &usual.chain(given).collect::<Vec<_>>())
}

/// What a handshake with these headers is answered.
pub(super) async fn shake_hands(address: SocketAddr, headers: &[(&str, &str)]) -> Answer {
    crate::raw::exchange(address, handshake_with(headers)).await
}

/// A message in one frame.
pub(super) fn whole(opcode: u8, payload: &[u8]) -> Vec<u8> {
    frame(LAST | opcode, payload)
}

/// A frame that does not end its message.
pub(super) fn part(opcode: u8, payload: &[u8]) -> Vec<u8> {
    frame(opcode, payload)
}
