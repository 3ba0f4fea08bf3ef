//! A server that follows a script, one connection a request, byte by byte where HTTP libraries would not.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Answers so and closes the connection.
    Answer(String),
    /// Closes the connection without an answer.
    Close,
    /// Answers so and leaves the connection open, silent.
    Stall(String),
    /// Answers so, and then goes on for ever with the byte `x`, sixteen at a time in chunks.
    Endless(String),
}

/// The server; it ends with its owner.
pub(crate) struct Server {
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Server {
    /// The first act is for the first request and so on; the last one is for all the others too.
    pub(crate) async fn start(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = requests.clone();
        let listening = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let request = read_request(&mut connection).await;
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(request);
                    seen.len()
                };
                let act = script[(number - 1).min(script.len() - 1)].clone();
                tokio::spawn(play(connection, act));
            }
        });
        Self { url, requests, listening }
    }

    /// The requests so far: their heads, and the bodies whose length was told.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn read_request(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match connection.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    let mut request = String::from_utf8(head).unwrap();
    let length =
        request.to_lowercase().lines().find_map(|line| Some(line.strip_prefix("content-length: ")?.parse()));
    if let Some(length) = length {
        let mut body = vec![0; length.unwrap()];
        connection.read_exact(&mut body).await.unwrap();
        request.push_str(std::str::from_utf8(&body).unwrap());
    }
    request
}

/// Writing fails once the client has had enough, which is the end of every act.
async fn play(mut connection: TcpStream, act: Act) {
    let _gone = match act {
        Act::Answer(answer) => connection.write_all(answer.as_bytes()).await,
        Act::Close => Ok(()),
        Act::Stall(answer) => {
            let written = connection.write_all(answer.as_bytes()).await;
            // Until the client closes.
            let _closed = connection.read_u8().await;
            written
        }
        Act::Endless(answer) => {
            let mut written = connection.write_all(answer.as_bytes()).await;
            while written.is_ok() {
                written = connection.write_all(b"10\r\nxxxxxxxxxxxxxxxx\r\n").await;
            }
            written
        }
    };
}

/// An answer with a body whose length is told.
pub(crate) fn answer(status: &str, body: &str) -> Act {
    Act::Answer(text(status, "", body))
}

pub(crate) fn text(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}
