//! How a call to LiveKit can fail, and what that is to a client of ours.

use http_server::{Problem, Refusal};
use livekit_api::services::{ServerError, ServerErrorCode, ServiceError};
use signal_protocol::ErrorCode;

/// A call to LiveKit that brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SfuFailure {
    /// There is no such room or participant.
    #[error("LiveKit knows no such room")]
    NotFound,
    /// LiveKit answered with an error: our key or our request is wrong.
    #[error("LiveKit refused")]
    Rejected(#[source] ServiceError),
    /// Nobody answers there, or somebody says to come back later.
    #[error("LiveKit cannot be reached")]
    Unavailable(#[source] ServiceError),
    /// No answer in time.
    #[error("LiveKit did not answer in time")]
    TimedOut(#[source] Option<ServiceError>),
}

impl SfuFailure {
    /// The label of metrics.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Rejected(_) => "rejected",
            Self::Unavailable(_) => "unavailable",
            Self::TimedOut(_) => "timeout",
        }
    }

    /// The code that a client is given.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            // Asked about what must exist by then: for a client that is no different from a refusal.
            Self::NotFound | Self::Rejected(_) => ErrorCode::SfuRejected,
            Self::Unavailable(_) => ErrorCode::SfuUnavailable,
            Self::TimedOut(_) => ErrorCode::SfuTimeout,
        }
    }
}

impl From<ServiceError> for SfuFailure {
    fn from(error: ServiceError) -> Self {
        let error = without_address(error);
        match &error {
            ServiceError::Twirp(ServerError::Request(request)) if request.is_timeout() => {
                Self::TimedOut(Some(error))
            }
            // LiveKit refuses a key or secret in plain text, where livekit-api looks for a Twirp error.
            ServiceError::Twirp(ServerError::Request(request)) if request.is_decode() => {
                Self::Rejected(error)
            }
            ServiceError::Twirp(ServerError::Request(_)) => Self::Unavailable(error),
            ServiceError::Twirp(ServerError::Twirp(code)) => match code.code.as_str() {
                ServerErrorCode::NOT_FOUND => Self::NotFound,
                ServerErrorCode::DEADLINE_EXCEEDED => Self::TimedOut(Some(error)),
                ServerErrorCode::UNAVAILABLE | ServerErrorCode::RESOURCE_EXHAUSTED => {
                    Self::Unavailable(error)
                }
                _ => Self::Rejected(error),
            },
            ServiceError::Twirp(ServerError::Url(_) | ServerError::Prost(_))
            | ServiceError::AccessToken(_)
            | ServiceError::Env(_) => Self::Rejected(error),
        }
    }
}

/// The error without the URL that was asked: addresses stay out of the log.
fn without_address(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Twirp(ServerError::Request(request)) => {
            ServiceError::Twirp(ServerError::Request(request.without_url()))
        }
        other => other,
    }
}

impl Refusal for SfuFailure {
    fn problem(&self) -> Problem {
        Problem::new(self.code())
    }
}
