//! Free ports on 127.0.0.1 for servers that cannot be told to choose one themselves.
//!
//! Between our check that a port is free and the server's `bind` anybody may take it; that race cannot be removed from
//! outside the server, only made small:
//!
//! - The ports lie below the range from which the operating system takes those of outgoing connections, so that none is
//!   lost by chance, not even while a server is stopped for minutes and started again on the same port.
//! - Each port is claimed by a lock on a file until this process ends, so that neither this process nor another one that
//!   uses this crate is given it meanwhile.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use crate::lock::held;
use crate::{Failure, scratch};

/// Below Linux's and macOS's ranges for outgoing connections, and below Kubernetes' node ports.
const RANGE: Range<u16> = 20_000..30_000;

/// The locks; they hold as long as the files are open, and the operating system lets go of them with the process.
static CLAIMED: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port free for both TCP and UDP on 127.0.0.1, given to nobody else while this process lives.
///
/// # Errors
/// The folder for the locks cannot be written, or no port is free.
pub fn free() -> Result<u16, Failure> {
    let folder = scratch::shared("ports")?;
    // A random start keeps processes that start together from trying the same ports one after the other.
    let first = rand::random_range(RANGE);
    let candidates = (first..RANGE.end).chain(RANGE.start..first);
    for port in candidates {
        if is_free(port)
            && let Some(claim) = claim(&folder, port)
        {
            held(&CLAIMED).push(claim);
            return Ok(port);
        }
    }
    Err(Failure::new(format!("no port of {RANGE:?} is free on 127.0.0.1")))
}

/// The given port if it is free for both TCP and UDP, else any free one: for servers people look for at a known port.
///
/// # Errors
/// As [`free`].
pub fn preferred(port: u16) -> Result<u16, Failure> {
    if is_free(port) { Ok(port) } else { free() }
}

fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}

fn claim(folder: &Path, port: u16) -> Option<File> {
    let path = folder.join(port.to_string());
    let file = File::options().create(true).truncate(false).write(true).open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn no_port_is_given_twice() {
        let ports: Vec<u16> = (0..50).map(|_| super::free().unwrap()).collect();
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), ports.len());
    }

    #[test]
    fn a_preferred_port_that_is_taken_is_replaced() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(super::preferred(port).unwrap(), port);
    }
}
