//! Why a request gave no usable answer.

use http::StatusCode;

/// Why a request gave no usable answer.
///
/// Neither `Display` nor a source ever holds the URL, which may carry identifiers, or a header.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The client could not be made: TLS or the machine's root certificates are not usable.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] reqwest::Error),
    /// The request cannot be sent as it is; it never left.
    #[error("the request cannot be sent: {0}")]
    Unsendable(&'static str),
    /// No connection: name not found, refused, unreachable, TLS refused, or not within the connect timeout.
    #[error("no connection could be made")]
    Connect(#[source] reqwest::Error),
    /// No whole answer within the total timeout.
    #[error("no whole answer within {timeout_ms} ms")]
    Timeout {
        /// The total timeout.
        timeout_ms: u32,
    },
    /// The connection was lost, or what came over it is not HTTP.
    #[error("the connection broke before the answer was complete")]
    Interrupted(#[source] reqwest::Error),
    /// The answer's body is larger than the limit. What was read of it is gone.
    #[error("the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The answer has another status than the caller can use; only from
    /// [`Response::expect_ok`](crate::Response::expect_ok).
    #[error("the answer has the status {0}")]
    Status(StatusCode),
    /// The answer's body is not the JSON that the caller expects; only from [`Response::json`](crate::Response::json).
    #[error("the answer is not the expected JSON")]
    Malformed(#[source] serde_json::Error),
}

impl Failure {
    /// The failure as one stable word, for metrics and the span's `error.type`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Unsendable(_) => "unsendable",
            Self::Connect(_) => "connect",
            Self::Timeout { .. } => "timeout",
            Self::Interrupted(_) => "interrupted",
            Self::TooLarge { .. } => "too_large",
            Self::Status(_) => "status",
            Self::Malformed(_) => "malformed",
        }
    }

    /// Whether it is certain that the other side never saw the request: it cannot have had any effect.
    #[must_use]
    pub const fn never_left(&self) -> bool {
        match self {
            Self::Setup(_) | Self::Unsendable(_) | Self::Connect(_) => true,
            Self::Timeout { .. }
            | Self::Interrupted(_)
            | Self::TooLarge { .. }
            | Self::Status(_)
            | Self::Malformed(_) => false,
        }
    }

    /// Whether the same request may well succeed in a moment.
    pub(crate) const fn is_passing(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Interrupted(_) => true,
            Self::Setup(_)
            | Self::Unsendable(_)
            | Self::Timeout { .. }
            | Self::TooLarge { .. }
            | Self::Status(_)
            | Self::Malformed(_) => false,
        }
    }

    /// Sorts what reqwest reports, and drops the URL from it.
    pub(crate) fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_builder() {
            Self::Unsendable("its URL or a header is not acceptable")
        } else if error.is_connect() {
            Self::Connect(error)
        } else {
            Self::Interrupted(error)
        }
    }
}
