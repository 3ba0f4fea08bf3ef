//! Why a question to the service has no good answer.

use signal_protocol::ProblemDocument;

/// Why a question to the service has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum CallStateFailure {
    /// The service answered with a problem: a refusal by the rules, or a 5xx of its own.
    #[error("call-state-service refused: {}", problem.code)]
    Refused {
        /// The problem, as the public API answers it too.
        problem: Box<ProblemDocument>,
        /// `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// No replica gave a whole answer. A command may have had its effect all the same.
    #[error("call-state-service does not answer")]
    Unavailable(#[source] http_client::Failure),
    /// The answer is none that this release understands.
    #[error("call-state-service answered with status {status} what cannot be understood")]
    Malformed {
        /// Its HTTP status.
        status: u16,
    },
}
