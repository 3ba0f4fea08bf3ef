//! What is wrong with a signal, for the one who sent it.

use signal_protocol::ErrorCode;

/// Why a signal is not relayed. Names places, never repeats what stands there: addresses and keys are in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct Fault {
    code: ErrorCode,
    field: String,
    problem: String,
}

impl Fault {
    pub(crate) fn new(code: ErrorCode, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { code, field: field.into(), problem: problem.into() }
    }

    /// What the sender is told: `invalid_field`, `too_large`, `sdp_invalid` or `candidate_invalid`.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// Where it is: a path into the body, such as `payload.candidates[3].candidate`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong there, with the line where there are several.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}
