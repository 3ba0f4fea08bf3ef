//! The load generator: one thread that goes round all connections and asks again wherever an answer has come.
//!
//! `xtask` is built without optimisation, but the standard library never is, and with requests made beforehand hardly
//! anything else runs here.

mod connection;
mod list;

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use connection::PATIENCE;
pub(super) use connection::{Answer, Connection};
pub(super) use list::{List, expect};

/// How much to ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Volley {
    /// Connections kept open, each with one request under way.
    pub(super) connections: usize,
    /// Requests in all, over all connections. What was begun then is finished, so there may be a few more.
    pub(super) requests: usize,
    /// Nothing is begun after this time.
    pub(super) at_most: Duration,
}

/// What is asked. A lane is a connection, from 0 up.
pub(super) trait Dialogue {
    /// The next request of this lane, whole.
    fn request(&mut self, lane: usize) -> &[u8];

    /// Takes in the answer to it.
    fn answered(&mut self, lane: usize, answer: &Answer<'_>) -> Result<()>;

    /// Whether this lane has begun something of several requests that is not finished yet.
    fn is_midway(&self, lane: usize) -> bool;
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

impl Volleyed {
    /// How many requests were answered.
    pub(super) fn requests(&self) -> u32 {
        u32::try_from(self.latencies.len()).unwrap_or(u32::MAX)
    }
}

impl Volley {
    /// Has the dialogue with the server at `address`.
    pub(super) fn fire(&self, address: SocketAddr, dialogue: &mut impl Dialogue) -> Result<Volleyed> {
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
        let is_over = |sent, now| sent >= self.requests || now - begun >= self.at_most;
        while !is_over(sent, now) || lanes.iter().any(|lane| lane.asked.is_some()) {
            let mut has_worked = false;
            for (number, lane) in lanes.iter_mut().enumerate() {
                let looked = Instant::now();
                match lane.asked {
                    Some(asked) if lane.connection.is_answered()? => {
                        let answer = lane.connection.receive()?;
                        dialogue.answered(number, &answer).with_context(|| format!("asking {address}"))?;
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
                if !is_over(sent, now) || dialogue.is_midway(number) {
                    lane.connection.send(dialogue.request(number))?;
                    lane.asked = Some(now);
                    sent += 1;
                    working += looked.elapsed();
                    has_worked = true;
                }
            }
            if !has_worked {
                // What the server itself asks, such as Redis, may be waiting for this core.
                thread::yield_now();
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

/// How many requests a second the load generator makes when the server does next to nothing.
pub(super) fn ceiling(address: SocketAddr, connections: usize) -> Result<f64> {
    let volley = Volley { connections, requests: 50_000, at_most: Duration::from_secs(4) };
    let request = b"GET /readyz HTTP/1.1\r\nHost: calls.example.com\r\n\r\n".to_vec().into();
    let volleyed = volley.fire(address, &mut List::new(&[request], 200))?;
    Ok(f64::from(volleyed.requests()) / volleyed.elapsed.as_secs_f64())
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
        Volley { connections: 3, requests, at_most: Duration::from_mins(1) }
    }

    #[test]
    fn every_request_is_sent_once_and_answered() {
        let requests = [request("/201"), request("/201/other")];
        let sent = volley(100).fire(echo_server(), &mut List::new(&requests, 201)).unwrap();
        assert_eq!(sent.latencies.len(), 100);
        assert!(sent.latencies.is_sorted());
        assert!(sent.own_share > 0.0 && sent.own_share <= 1.0, "{}", sent.own_share);
    }

    #[test]
    fn an_answer_of_another_status_ends_the_volley_and_shows_the_body() {
        let requests = [request("/404")];
        let refused = volley(10).fire(echo_server(), &mut List::new(&requests, 201)).unwrap_err();
        let error = format!("{refused:#}");
        assert!(error.ends_with("the answer was 404 instead of 201: 404"), "{error}");
    }

    #[test]
    fn nothing_is_begun_after_the_time_is_over() {
        let none = Volley { at_most: Duration::ZERO, ..volley(10) };
        let requests = [request("/201")];
        let error = none.fire(echo_server(), &mut List::new(&requests, 201)).unwrap_err().to_string();
        assert_eq!(error, "no request was begun within 0ns");
    }

    #[test]
    fn what_was_begun_is_finished_though_the_volley_is_over() {
        /// Three requests each time, of each lane.
        struct Threes([usize; 3], Box<[u8]>);

        impl Dialogue for Threes {
            fn request(&mut self, lane: usize) -> &[u8] {
                self.0[lane] += 1;
                &self.1
            }

            fn answered(&mut self, _: usize, _: &Answer<'_>) -> Result<()> {
                Ok(())
            }

            fn is_midway(&self, lane: usize) -> bool {
                !self.0[lane].is_multiple_of(3)
            }
        }

        let mut threes = Threes([0; 3], request("/201"));
        let sent = volley(10).fire(echo_server(), &mut threes).unwrap();
        assert!(threes.0.iter().all(|asked| asked.is_multiple_of(3)), "{:?}", threes.0);
        assert_eq!(sent.latencies.len(), threes.0.iter().sum::<usize>());
    }
}
