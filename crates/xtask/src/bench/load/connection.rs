//! One keep-alive connection that understands as much HTTP/1.1 as the servers of the benchmark speak.
//!
//! It never sleeps in the kernel: waking a sleeper on another core costs the server that sends to it several
//! microseconds of its own processor time, and how many depends on how deeply the sleeper's core was idle.

use std::hint;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// A server that takes longer has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// An open connection.
pub(in crate::bench) struct Connection {
    stream: BufReader<Spinning>,
    line: Vec<u8>,
    body: Vec<u8>,
}

/// The answer to one request; borrows the connection's buffer.
pub(in crate::bench) struct Answer<'a> {
    pub(in crate::bench) status: u16,
    pub(in crate::bench) body: &'a [u8],
}

impl Connection {
    pub(in crate::bench) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream: BufReader::new(Spinning(stream)), line: Vec::new(), body: Vec::new() })
    }

    /// Sends one whole request and reads its whole answer.
    pub(in crate::bench) fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.send(request)?;
        self.receive()
    }

    /// Sends one whole request. It fits into the socket's buffer, as nothing else is under way.
    pub(super) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.get_mut().0.write_all(request)
    }

    /// Whether an answer has begun to arrive.
    pub(super) fn is_answered(&self) -> io::Result<bool> {
        match self.stream.get_ref().0.peek(&mut [0]) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads the whole answer. One without `Content-Length` has no body here.
    pub(super) fn receive(&mut self) -> io::Result<Answer<'_>> {
        let status = status(self.next_line()?).ok_or_else(|| malformed("the status line"))?;
        let mut length = 0;
        loop {
            let line = self.next_line()?;
            if line.is_empty() {
                break;
            }
            if let Some(value) = content_length(line) {
                length = parsed(value).ok_or_else(|| malformed("Content-Length"))?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(Answer { status, body: &self.body })
    }

    /// The next line without its end.
    fn next_line(&mut self) -> io::Result<&[u8]> {
        self.line.clear();
        self.stream.read_until(b'\n', &mut self.line)?;
        self.line.strip_suffix(b"\r\n").ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }
}

/// Reads by asking again until there is something, or patience ends.
struct Spinning(TcpStream);

impl Read for Spinning {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begun = Instant::now();
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if begun.elapsed() > PATIENCE {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    hint::spin_loop();
                }
                outcome => return outcome,
            }
        }
    }
}

fn status(line: &[u8]) -> Option<u16> {
    let code = line.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    parsed(code)
}

/// The header's value, if it is this header.
fn content_length(line: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    name.eq_ignore_ascii_case(NAME).then_some(value)
}

fn parsed<T: FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.trim().parse().ok()
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("{what} of an answer cannot be read"))
}
