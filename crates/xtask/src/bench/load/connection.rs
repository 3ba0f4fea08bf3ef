//! One keep-alive connection that understands as much HTTP/1.1 as the servers of the benchmark speak.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::str::FromStr;
use std::time::Duration;

/// A server that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open connection.
pub(in crate::bench) struct Connection {
    stream: BufReader<TcpStream>,
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
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), line: Vec::new(), body: Vec::new() })
    }

    /// Sends one whole request and reads its whole answer. An answer without `Content-Length` has no body here.
    pub(in crate::bench) fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.get_mut().write_all(request)?;
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
        self.line.strip_suffix(b"\r\n").ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
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
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} of an answer cannot be read"))
}
