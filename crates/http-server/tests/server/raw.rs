//! A client that sends exactly the bytes it is given and reads one answer at a time.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No answer takes longer, or the test fails.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// An open connection.
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.expect("a connection"), unread: Vec::new() }
    }

    /// Sends all of `bytes`, or as much as the server takes before it hangs up.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = timeout(BOUND, self.stream.write_all(bytes.as_ref()))
            .await
            .expect("the server reads or hangs up");
    }

    /// Sends `bytes` again and again until the server hangs up.
    pub(crate) async fn send_until_hung_up(&mut self, bytes: impl AsRef<[u8]>) {
        let send = async { while self.stream.write_all(bytes.as_ref()).await.is_ok() {} };
        timeout(BOUND, send).await.expect("the end of the connection in time");
    }

    /// Sends while the answer may already be coming.
    pub(crate) async fn send_and_receive(&mut self, bytes: Vec<u8>) -> Answer {
        let (read, mut write) = self.stream.split();
        let mut read = read;
        let send = async move {
            let _ = write.write_all(&bytes).await;
        };
        let receive = receive(&mut read, &mut self.unread);
        let (answer, ()) =
            timeout(BOUND, async { tokio::join!(receive, send) }).await.expect("an answer in time");
        answer.expect("an answer")
    }

    pub(crate) async fn receive(&mut self) -> Answer {
        timeout(BOUND, receive(&mut self.stream, &mut self.unread))
            .await
            .expect("in time")
            .expect("an answer")
    }

    /// The next `length` bytes.
    pub(crate) async fn read(&mut self, length: usize) -> Vec<u8> {
        let read = async {
            while self.unread.len() < length {
                more(&mut self.stream, &mut self.unread).await?;
            }
            std::io::Result::Ok(self.unread.drain(..length).collect())
        };
        timeout(BOUND, read).await.expect("in time").expect("as much as that")
    }

    /// Whether the server closes the connection without another byte.
    pub(crate) async fn is_closed_by_server(&mut self) -> bool {
        let mut byte = [0];
        let read =
            timeout(BOUND, self.stream.read(&mut byte)).await.expect("the end of the connection in time");
        self.unread.is_empty() && matches!(read, Ok(0) | Err(_))
    }
}

/// Sends `request` on a new connection.
pub(crate) async fn exchange(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    Connection::open(address).await.send_and_receive(request.as_ref().to_vec()).await
}

/// A request without a body.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head + "\r\n"
}

/// A request with a JSON body.
pub(crate) fn post(target: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let head = [("Content-Type", "application/json"), ("Content-Length", &length)];
    let mut bytes = request("POST", target, &head).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

async fn receive(
    stream: &mut (impl tokio::io::AsyncRead + Unpin),
    unread: &mut Vec<u8>,
) -> std::io::Result<Answer> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        more(stream, unread).await?;
    };
    let head = String::from_utf8(unread.drain(..end + 4).collect()).expect("an ASCII head");
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok()).expect("a status line");
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").expect("a header"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse().expect("a length"));
    while unread.len() < length {
        more(stream, unread).await?;
    }
    Ok(Answer { status, headers, body: unread.drain(..length).collect() })
}

async fn more(stream: &mut (impl tokio::io::AsyncRead + Unpin), unread: &mut Vec<u8>) -> std::io::Result<()> {
    if stream.read_buf(unread).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    /// Checks everything that holds for each refusal, and gives its status and code.
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert_eq!(problem["trace_id"].as_str(), self.header("x-trace-id"), "{problem}");
        assert!(problem["title"].is_string() && problem["type"].is_string(), "{problem}");
        self.check_common_headers();
        (self.status, problem["code"].as_str().expect("a code").to_owned())
    }

    /// The field that a refusal names first.
    pub(crate) fn field(&self) -> String {
        self.json()["fields"][0]["field"].as_str().unwrap_or_default().to_owned()
    }

    /// Checks what holds for every answer.
    pub(crate) fn check_common_headers(&self) {
        let trace_id = self.header("x-trace-id").unwrap_or_default();
        assert!(trace_id.len() == 32 && trace_id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{self:?}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(self.header(name), Some(value), "{name}");
        }
    }
}
