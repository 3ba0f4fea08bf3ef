//! How long and how much a client waits for.

/// The bounds of an HTTP client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// How long one request may take in milliseconds: connecting, all tries, and reading the whole answer.
    pub timeout_ms: u32,
    /// How long connecting may take in milliseconds, within the total.
    pub connect_timeout_ms: u32,
    /// The largest answer that is read, in bytes.
    pub body_limit_bytes: usize,
    /// The largest body that is sent, in bytes.
    pub sent_body_limit_bytes: usize,
    /// How often a request that got no whole answer (no connection, or one that was lost) is tried again, within the
    /// total timeout. An answer is never a reason, whatever its status; and what may not happen twice is tried again
    /// only while no connection could be made, see [`Request::repeatable`](crate::Request::repeatable).
    pub retries: u8,
    /// The longest pause before the first new try, in milliseconds; it doubles with each. The pause itself is random.
    pub retry_pause_ms: u32,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            timeout_ms: 1_000,
            connect_timeout_ms: 500,
            body_limit_bytes: 64 * 1024,
            sent_body_limit_bytes: 64 * 1024,
            retries: 2,
            retry_pause_ms: 50,
        }
    }
}
