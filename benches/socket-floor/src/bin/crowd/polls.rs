//! Clients that poll: one connection each, on which the next poll follows the answer of the last.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use socket_floor::dial;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::member::Member;

/// Learns where to go on, and polls from then on until it leaves.
pub(crate) async fn begin(member: &Arc<Member>, wait_seconds: u32) -> anyhow::Result<()> {
    let mut stream = dial(member.to, member.from).await?;
    exchange(member, &mut stream, "/api/realtime/events").await?;
    let poller = Arc::clone(member);
    member.occupy(async move {
        loop {
            let cursor = poller.cursor().context("an answer had no cursor")?;
            let path = format!("/api/realtime/events?after={cursor}&wait={wait_seconds}");
            exchange(&poller, &mut stream, &path).await?;
            poller.beats.fetch_add(1, Ordering::Relaxed);
        }
    });
    Ok(())
}

async fn exchange(member: &Member, stream: &mut TcpStream, path: &str) -> anyhow::Result<()> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nx-device-id: browser\r\n\r\n",
        member.to, member.token
    );
    stream.write_all(request.as_bytes()).await.context("asking")?;
    let body = answer(stream).await?;
    let answer: Value = serde_json::from_slice(&body).context("reading an answer")?;
    let cursor = answer["cursor"].as_str().context("an answer has no cursor")?;
    member.go_on_after(cursor.to_owned());
    Ok(())
}

/// The body of a whole answer that is a success.
async fn answer(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut bytes = Vec::with_capacity(1024);
    loop {
        if let Some(at) = bytes.windows(END.len()).position(|window| window == END) {
            let head = String::from_utf8_lossy(&bytes[..at]).to_ascii_lowercase();
            ensure!(head.starts_with("http/1.1 200 "), "{head}\n{}", String::from_utf8_lossy(&bytes[at..]));
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.context("an answer has no length")?.trim().parse()?;
            let body = at + END.len();
            if bytes.len() >= body + length {
                return Ok(bytes.split_off(body));
            }
        }
        ensure!(stream.read_buf(&mut bytes).await.context("receiving")? > 0, "the connection ended");
    }
}
