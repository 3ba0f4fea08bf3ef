//! Why there is no connection to a primary.

use std::time::Duration;

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

use super::host::Host;
use crate::StoreError;

/// Why a server was not taken. What it says is for the log: it names servers, and never a password.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Nobody listens there, or the name means nothing.
    #[error("{host} cannot be reached: {source}")]
    Unreachable { host: Host, source: std::io::Error },
    /// Its certificate is not to be trusted, or it speaks no TLS.
    #[error("{host} cannot be spoken to with TLS: {source}")]
    Tls { host: Host, source: std::io::Error },
    /// It took longer than a round trip may take.
    #[error("{host} does not answer within {} ms", .timeout.as_millis())]
    Silent { host: Host, timeout: Duration },
    /// It went away in the middle.
    #[error("the connection to {host} broke: {error}")]
    Broken { host: Host, error: RedisError },
    /// It does not know us.
    #[error("{host} refuses the user or the password: {error}")]
    Login { host: Host, error: RedisError },
    /// It answers with an error.
    #[error("{host} refuses: {error}")]
    Refuses { host: Host, error: RedisError },
    /// What it answers is not understood.
    #[error("{host} does not say {what}")]
    Unclear { host: Host, what: &'static str },
    /// It follows another server.
    #[error("{host} is a replica")]
    Replica { host: Host },
    /// It knows no scripts with flags.
    #[error("{host} is a Redis {version}; 7.0 or newer is needed")]
    TooOld { host: Host, version: String },
    /// A Sentinel that watches over others.
    #[error("the Sentinel {host} knows no primary of the name {name:?}")]
    UnknownName { host: Host, name: String },
    /// A cluster in which something is missing.
    #[error("{host} knows nobody who has the slot {slot}")]
    UnservedSlot { host: Host, slot: u16 },
    /// It is not the server that it was when its connection was made.
    #[error("{host} was started again")]
    Another { host: Host },
    /// There is nobody to ask.
    #[error("no server is configured")]
    Nobody,
}

impl Fault {
    /// What an error of the client library means on a connection to `host`.
    pub(super) fn of(host: &Host, error: RedisError, timeout: Duration) -> Self {
        let host = host.clone();
        if error.is_timeout() {
            return Self::Silent { host, timeout };
        }
        let login = matches!(error.kind(), ErrorKind::AuthenticationFailed)
            || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"));
        if login {
            return Self::Login { host, error };
        }
        if error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly) {
            return Self::Replica { host };
        }
        if error.is_io_error() { Self::Broken { host, error } } else { Self::Refuses { host, error } }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        // Nothing was sent yet but greetings.
        Self::Unavailable { reason: fault.to_string() }
    }
}
