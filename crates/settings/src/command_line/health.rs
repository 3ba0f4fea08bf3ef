//! Asking a running service whether it is alive, for container health checks in images without a shell.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long the service may take over each step.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /livez` on the management port.
pub(super) fn ask(address: SocketAddr) -> Result<(), String> {
    let address = reachable(address);
    let status = status(address).map_err(|error| format!("{address} does not answer: {error}"))?;
    match status.split_whitespace().nth(1) {
        Some("200") => Ok(()),
        _ => Err(format!("{address} answers `{}`", status.trim().escape_debug())),
    }
}

fn status(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: a formatted write would send each fragment by itself.
    let request = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    // The status line is all that matters, and whatever answers there may be nothing of ours.
    let mut start = [0; 64];
    let mut filled = 0;
    while filled < start.len() && !start[..filled].contains(&b'\n') {
        match stream.read(&mut start[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let text = String::from_utf8_lossy(&start[..filled]).into_owned();
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// A service that listens everywhere is reached by the loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
