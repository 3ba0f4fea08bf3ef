//! The load generator: one thread that goes round all connections and asks again wherever an answer has come.
//!
//! `xtask` is built without optimisation, but the standard library never is, and with requests made beforehand hardly
//! anything else runs here.

mod connection;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

pub(super) use connection::Connection;
use connection::PATIENCE;

/// How much to ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Volley {
    /// Connections kept open, each with one request under way.
    pub(super) connections: usize,
    /// Requests in all, over all connections.
    pub(super) requests: usize,
    /// No request is begun after this time.
    pub(super) at_most: Duration,
    /// The status that every answer must have.
    pub(super) expected: u16,
}

/// What came of a volley.
#[derive(Debug)]
pub(super) struct Volleyed {
    /// From the first request to the last answer.
    pub(super) elapsed: Duration,
    /// One for each request, sorted.
    pub(super) latencies: Vec<Duration>,
    /// The part of the elapsed time that went into sending and receiving; the rest was spent looking for answers.
    pub(super) own_share: f64,
}

impl Volley {
    /// Sends `requests` in order, from the start again when they run out, and checks every answer's status.
    pub(super) fn fire(&self, address: SocketAddr, requests: &[Box<[u8]>]) -> Result<Volleyed> {
        ensure!(!requests.is_empty(), "there is nothing to send");
        let connections: io::Result<Vec<_>> =
            (0..self.connections).map(|_| Connection::open(address)).collect();
        let mut lanes: Vec<Lane> = connections
            .with_context(|| format!("connecting to {address}"))?
            .into_iter()
            .map(|connection| Lane { connection, asked: None })
            .collect();

        let mut latencies = Vec::with_capacity(self.requests);
        let (mut sent, mut working) = (0, Duration::ZERO);
        let begun = Instant::now();
        let mut now = begun;
        loop {
            for lane in &mut lanes {
                let looked = Instant::now();
                match lane.asked {
                    Some(asked) if lane.connection.is_answered()? => {
                        lane.receive(self.expected).with_context(|| format!("asking {address}"))?;
                        lane.asked = None;
                        latencies.push(looked - asked);
                    }
                    Some(asked) => {
                        ensure!(looked - asked < PATIENCE, "{address} has not answered for {PATIENCE:?}");
                        continue;
                    }
                    None => {}
                }
                now = Instant::now();
                if sent < self.requests && now - begun < self.at_most {
                    lane.connection.send(&requests[sent % requests.len()])?;
                    lane.asked = Some(now);
                    sent += 1;
                    working += looked.elapsed();
                }
            }
            if latencies.len() == sent && (sent == self.requests || now - begun >= self.at_most) {
                break;
            }
        }
        let elapsed = begun.elapsed();
        ensure!(sent > 0, "no request was begun within {:?}", self.at_most);
        latencies.sort_unstable();
        Ok(Volleyed { elapsed, latencies, own_share: working.as_secs_f64() / elapsed.as_secs_f64() })
    }
}

/// A connection and, while it waits for an answer, when it asked.
struct Lane {
    connection: Connection,
    asked: Option<Instant>,
}

impl Lane {
    fn receive(&mut self, expected: u16) -> Result<()> {
        let answer = self.connection.receive()?;
        let body = || String::from_utf8_lossy(answer.body);
        ensure!(
            answer.status == expected,
            "the answer was {} instead of {expected}: {}",
            answer.status,
            body()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers each request with its own path as the body, and with the status that the path names.
    fn echo_server() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                        if let Some(path) = line.unwrap().strip_prefix("GET /") {
                            let status = &path[..3];
                            write!(stream, "HTTP/1.1 {status} X\r\ncontent-LENGTH: 3\r\n\r\n{status}")
                                .unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    fn request(path: &str) -> Box<[u8]> {
        format!("GET {path} HTTP/1.1\r\n\r\n").into_bytes().into()
    }

    fn volley(requests: usize) -> Volley {
        Volley { connections: 3, requests, at_most: Duration::from_mins(1), expected: 201 }
    }

    #[test]
    fn every_request_is_sent_once_and_answered() {
        let sent = volley(100).fire(echo_server(), &[request("/201"), request("/201/other")]).unwrap();
        assert_eq!(sent.latencies.len(), 100);
        assert!(sent.latencies.is_sorted());
        assert!(sent.own_share > 0.0 && sent.own_share <= 1.0, "{}", sent.own_share);
    }

    #[test]
    fn an_answer_of_another_status_ends_the_volley_and_shows_the_body() {
        let error = format!("{:#}", volley(10).fire(echo_server(), &[request("/404")]).unwrap_err());
        assert!(error.ends_with("the answer was 404 instead of 201: 404"), "{error}");
    }

    #[test]
    fn nothing_is_begun_after_the_time_is_over() {
        let none = Volley { at_most: Duration::ZERO, ..volley(10) };
        let error = none.fire(echo_server(), &[request("/201")]).unwrap_err().to_string();
        assert_eq!(error, "no request was begun within 0ns");
    }
}
