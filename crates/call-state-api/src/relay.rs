//! In whose name something is asked.

use std::fmt;

use signal_protocol::DeviceId;

/// The caller's own words, passed on as they came: the service on the other side verifies them itself.
#[derive(Clone, Copy)]
pub struct Relay<'a> {
    /// The caller's access token.
    pub token: &'a str,
    /// Which of the caller's devices speaks.
    pub device: &'a DeviceId,
    /// `Idempotency-Key`, if the caller gave one. Only commands use it.
    pub request_id: Option<&'a str>,
}

/// Without the token.
impl fmt::Debug for Relay<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Relay")
            .field("device", self.device)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
