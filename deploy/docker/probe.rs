//! `probe <address>:<port> <path>`: whether an HTTP server answers there, for images that have no shell and whose program cannot tell by itself.
//!
//! Any answer that is no fault of the server's own (5xx) is well. Compiled by the Dockerfile with nothing but the standard library; what it says is
//! kept by the container engine beside the state of the container.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// As much of an answer as the status line takes.
const START: u64 = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path] = arguments.as_slice() else {
        eprintln!("usage: probe <address>:<port> <path>");
        return ExitCode::from(2);
    };
    match status(address, path) {
        Ok(status) if (100..500).contains(&status) => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("{address} answers {status}");
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("{address}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn status(address: &str, path: &str) -> Result<u16, String> {
    let address: SocketAddr = address.parse().map_err(|_| "is not an address and a port".to_owned())?;
    let answer = ask(address, path).map_err(|error| error.to_string())?;
    let status = answer.split_ascii_whitespace().nth(1).and_then(|status| status.parse().ok());
    status.filter(|_| answer.starts_with("HTTP/")).ok_or_else(|| "does not speak HTTP".to_owned())
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut start = Vec::new();
    stream.take(START).read_to_end(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}
