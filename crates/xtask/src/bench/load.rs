//! The load generator: blocking threads of the standard library, one for each connection.
//!
//! `xtask` is built without optimisation, but the standard library never is, and with requests made beforehand hardly
//! anything else runs here. Threads also give the closed loop for free: a connection asks again when it was answered.

mod connection;

use std::net::SocketAddr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::process_figures::this_thread;
pub(super) use connection::Connection;

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
    /// Processor time that the load generator itself spent.
    pub(super) own_cpu: Duration,
}

impl Volley {
    /// Sends `requests` in order, from the start again when they run out, and checks every answer's status.
    pub(super) fn fire(&self, address: SocketAddr, requests: &[Box<[u8]>]) -> Result<Volleyed> {
        ensure!(!requests.is_empty(), "there is nothing to send");
        let next = AtomicUsize::new(0);
        // One more than connections: this thread reads the clock when all are connected.
        let connected = Barrier::new(self.connections + 1);
        let mut latencies = Vec::with_capacity(self.requests);
        let mut own_cpu = Duration::ZERO;
        let started = thread::scope(|scope| {
            let gunners: Vec<_> = (0..self.connections)
                .map(|_| scope.spawn(|| self.keep_asking(address, requests, &next, &connected)))
                .collect();
            connected.wait();
            let started = Instant::now();
            for gunner in gunners {
                let share = gunner.join().map_err(|_| anyhow!("a load thread panicked"))??;
                latencies.extend(share.latencies);
                own_cpu += share.own_cpu;
            }
            anyhow::Ok(started)
        })?;
        let elapsed = started.elapsed();
        ensure!(!latencies.is_empty(), "no request was answered within {:?}", self.at_most);
        latencies.sort_unstable();
        Ok(Volleyed { elapsed, latencies, own_cpu })
    }

    fn keep_asking(
        &self,
        address: SocketAddr,
        requests: &[Box<[u8]>],
        next: &AtomicUsize,
        connected: &Barrier,
    ) -> Result<Share> {
        let connection = Connection::open(address).with_context(|| format!("connecting to {address}"));
        // Everybody comes to the barrier, also who failed: else the others would wait for ever.
        connected.wait();
        let mut connection = connection?;
        let begun = Instant::now();
        let mut latencies = Vec::with_capacity(self.requests / self.connections * 2);
        let mut asked = begun;
        while asked - begun < self.at_most {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= self.requests {
                break;
            }
            let answer = connection.exchange(&requests[index % requests.len()])?;
            ensure!(
                answer.status == self.expected,
                "{address} answered {} instead of {}: {}",
                answer.status,
                self.expected,
                String::from_utf8_lossy(answer.body)
            );
            let answered = Instant::now();
            latencies.push(answered - asked);
            asked = answered;
        }
        Ok(Share { latencies, own_cpu: this_thread()? })
    }
}

/// One connection's part of a volley.
struct Share {
    latencies: Vec<Duration>,
    own_cpu: Duration,
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

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
        assert!(sent.own_cpu > Duration::ZERO);
    }

    #[test]
    fn an_answer_of_another_status_ends_the_volley_and_shows_the_body() {
        let error = volley(10).fire(echo_server(), &[request("/404")]).unwrap_err().to_string();
        assert!(error.ends_with("answered 404 instead of 201: 404"), "{error}");
    }

    #[test]
    fn nothing_is_begun_after_the_time_is_over() {
        let none = Volley { at_most: Duration::ZERO, ..volley(10) };
        let error = none.fire(echo_server(), &[request("/201")]).unwrap_err().to_string();
        assert_eq!(error, "no request was answered within 0ns");
    }
}
