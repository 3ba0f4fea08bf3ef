//! A client that sends whatever bytes it is told to, from whichever address.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use testkit::frames::{CLOSE, LAST, PING, TEXT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::socket::BOUND;

/// A connection on which a handshake was made.
pub(super) struct Raw {
    stream: TcpStream,
}

/// A handshake with these headers beside those that it must have.
fn handshake(more: &[(&str, &str)]) -> String {
    let mut text =
        "GET /api/realtime/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: realtime.v1\r\n"
            .to_owned();
    for (name, value) in more {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text + "\r\n"
}

impl Raw {
    /// An open socket to the replica at `url`.
    pub(super) async fn open(url: &str) -> Self {
        Self::opened_from(url, Ipv4Addr::LOCALHOST).await
    }

    /// The same from this address.
    pub(super) async fn opened_from(url: &str, address: Ipv4Addr) -> Self {
        let (status, _, raw) = Self::shakes_hands(url, address, &[]).await;
        assert_eq!(status, 101);
        raw
    }

    /// Makes a handshake with more headers. Gives the answer's status and body.
    pub(super) async fn shakes_hands(
        url: &str,
        address: Ipv4Addr,
        more: &[(&str, &str)],
    ) -> (u16, String, Self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((address, 0))).unwrap();
        let stream = socket.connect(url.trim_start_matches("http://").parse().unwrap()).await.unwrap();
        let mut raw = Self { stream };
        raw.send(handshake(more).as_bytes()).await;
        let head = raw.head_of_answer().await;
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .to_ascii_lowercase()
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let body = if status == 101 { Vec::new() } else { raw.read(length).await.unwrap() };
        (status, String::from_utf8(body).unwrap(), raw)
    }

    async fn head_of_answer(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.read(1).await.expect("an answer"));
        }
        String::from_utf8(head).unwrap()
    }

    /// Sends bytes, of which the server need not want all.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends the same over and over, so many times or until the server has had enough; what it says to that.
    pub(super) async fn floods(mut self, bytes: &[u8], times: usize) -> (u16, String) {
        let many = bytes.repeat((16_384 / bytes.len()).clamp(1, times));
        let turns = (bytes.len() * times).div_ceil(many.len());
        let (mut reader, mut writer) = self.stream.split();
        let flood = async {
            for _ in 0..turns {
                if writer.write_all(&many).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            farewell = farewell(&mut reader) => farewell,
            () = flood => unreachable!("it never ends by itself"),
        }
    }

    /// How the server ends the socket: with which code, and why. Messages before it are passed over.
    pub(super) async fn farewell(&mut self) -> (u16, String) {
        farewell(&mut self.stream.split().0).await
    }

    /// Waits that long for the server to say anything at all.
    pub(super) async fn is_told_something(&mut self, within: Duration) {
        let told = timeout(within, self.stream.peek(&mut [0])).await;
        told.expect("the server says something").unwrap();
    }

    /// The next message of the server. Its pings are passed over, and not answered.
    pub(super) async fn hears(&mut self) -> String {
        loop {
            let (opcode, payload) = next(&mut self.stream.split().0).await.expect("a message");
            if opcode != PING {
                assert_eq!(opcode, TEXT, "{payload:?}");
                return String::from_utf8(payload).unwrap();
            }
        }
    }

    async fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        read(&mut self.stream.split().0, length).await
    }
}

async fn farewell(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> (u16, String) {
    loop {
        let (opcode, payload) = next(reader).await.expect("the server says why it ends");
        if opcode == CLOSE {
            let (code, reason) = payload
                .split_first_chunk::<2>()
                .map_or((1005, &[][..]), |(code, reason)| (u16::from_be_bytes(*code), reason));
            return (code, String::from_utf8(reason.to_vec()).unwrap());
        }
    }
}

/// The next frame of the server, unless it is gone.
async fn next(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<(u8, Vec<u8>)> {
    let head = read(reader, 2).await?;
    assert_eq!(head[0] & 0xF0, LAST, "a whole message");
    let length = match head[1] {
        126 => usize::from(u16::from_be_bytes(read(reader, 2).await?.try_into().unwrap())),
        127 => u64::from_be_bytes(read(reader, 8).await?.try_into().unwrap()).try_into().unwrap(),
        length => usize::from(length),
    };
    Some((head[0] & 0x0F, read(reader, length).await?))
}

async fn read(reader: &mut (impl tokio::io::AsyncRead + Unpin), length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    let read = timeout(BOUND, reader.read_exact(&mut bytes)).await.expect("the server says something");
    read.is_ok().then_some(bytes)
}
