//! A TCP proxy that notes every HTTP request that goes through it: the proof of what a server asks another one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Passes bytes on unchanged. Ends when dropped.
#[derive(Debug)]
pub(super) struct CountingProxy {
    address: SocketAddr,
    seen: Seen,
    listening: JoinHandle<()>,
}

type Seen = Arc<Mutex<Vec<String>>>;

impl CountingProxy {
    /// Listens on a free port in front of `upstream`.
    pub(super) async fn start(upstream: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listening on a free port")?;
        let address = listener.local_addr().context("asking for the port")?;
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Either side may hang up at any time; the other one then sees it too.
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    let _: std::io::Result<()> = pass_on(client, upstream, &noted).await;
                });
            }
        });
        Ok(Self { address, seen, listening })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of every request so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for CountingProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A request begins with the first bytes that a client sends after it was answered: nobody here pipelines.
async fn pass_on(mut client: TcpStream, upstream: SocketAddr, seen: &Seen) -> std::io::Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    let mut asked = vec![0; 16 * 1024];
    let mut answered = vec![0; 16 * 1024];
    let mut begins = true;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let sent = &asked[..read?];
                if sent.is_empty() {
                    return Ok(());
                }
                if begins {
                    begins = false;
                    seen.lock().unwrap_or_else(PoisonError::into_inner).push(first_line(sent));
                }
                server.write_all(sent).await?;
            }
            read = server.read(&mut answered) => {
                let sent = &answered[..read?];
                if sent.is_empty() {
                    return Ok(());
                }
                begins = true;
                client.write_all(sent).await?;
            }
        }
    }
}

fn first_line(request: &[u8]) -> String {
    let line = request.split(|&byte| byte == b'\r' || byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::load::Connection;
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_request_is_noted_on_a_kept_connection_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).await.unwrap() > 0 {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
            }
        });
        let proxy = CountingProxy::start(upstream).await.unwrap();
        let address = proxy.address();
        let asking = tokio::task::spawn_blocking(move || {
            let mut connection = Connection::open(address).unwrap();
            for path in ["/a", "/b"] {
                let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
                assert_eq!(connection.exchange(request.as_bytes()).unwrap().body, b"ok");
            }
        });
        asking.await.unwrap();
        assert_eq!(proxy.requests(), ["GET /a HTTP/1.1", "GET /b HTTP/1.1"]);
    }
}
