//! How a call to LiveKit can fail, and what that is to a client of ours.

mod answer;

use std::time::Duration;

use http_client::{Failure, StatusCode};
use http_server::{Problem, Refusal};
use livekit_api::access_token::AccessTokenError;
use signal_protocol::ErrorCode;

pub(super) use answer::refusal;

use super::breaker::Verdict;

/// A call to LiveKit that brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SfuFailure {
    /// There is no such room or participant. LiveKit itself said so.
    #[error("LiveKit knows no such room or participant")]
    NotFound,
    /// It will not be done, however often we ask: our key, our request or the address is wrong.
    #[error("LiveKit refused")]
    Rejected(#[source] Trouble),
    /// Nobody answers there, or somebody says to come back later.
    #[error("LiveKit cannot be reached")]
    Unavailable(#[source] Trouble),
    /// No answer in time: by our own measure, or by that of somebody on the way.
    #[error("LiveKit did not answer in time")]
    TimedOut(#[source] Option<Trouble>),
    /// Nobody was asked, because the cluster has not answered lately.
    #[error("LiveKit has not answered lately and is left alone")]
    LeftAlone {
        /// When to ask again.
        rest: Duration,
    },
    /// The room is in a cluster that these settings do not name, as while replicas with more clusters are rolled out.
    #[error("the room is in a cluster that is not known here")]
    Elsewhere,
}

/// What came instead of an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// An error in LiveKit's own form.
    #[error("LiveKit answered {code}: {message}")]
    Told {
        /// Twirp's word for it.
        code: String,
        /// What LiveKit says about it, shortened.
        message: String,
    },
    /// Somebody's answer that is none of LiveKit's.
    #[error("the answer has the status {0} and is not in LiveKit's form")]
    Status(StatusCode),
    /// An answer that should be one of LiveKit's and cannot be read.
    #[error("the answer cannot be read")]
    Unreadable(#[source] prost::DecodeError),
    /// There was no whole answer.
    #[error(transparent)]
    Http(#[from] Failure),
    /// The call never left.
    #[error("the call could not be signed")]
    Unsigned(#[from] AccessTokenError),
}

impl SfuFailure {
    /// The label of metrics.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Rejected(_) => "rejected",
            Self::Unavailable(_) => "unavailable",
            Self::TimedOut(_) => "timeout",
            Self::LeftAlone { .. } => "left_alone",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The code that a client is given.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            // Asked about what must exist by then: for a client that is no different from a refusal.
            Self::NotFound | Self::Rejected(_) => ErrorCode::SfuRejected,
            Self::Unavailable(_) | Self::LeftAlone { .. } | Self::Elsewhere => ErrorCode::SfuUnavailable,
            Self::TimedOut(_) => ErrorCode::SfuTimeout,
        }
    }

    /// Whether the same call may well succeed in a moment, if it does no harm to make it twice or LiveKit never saw it.
    pub(super) const fn may_pass(&self, is_repeatable: bool) -> bool {
        match self {
            Self::Unavailable(Trouble::Http(failure)) => is_repeatable || failure.never_left(),
            Self::Unavailable(_) | Self::TimedOut(None | Some(Trouble::Status(_))) => is_repeatable,
            // LiveKit itself waited, and has told us the end of it.
            Self::TimedOut(Some(_))
            | Self::NotFound
            | Self::Rejected(_)
            | Self::LeftAlone { .. }
            | Self::Elsewhere => false,
        }
    }

    /// What the failure says about the cluster's API. LiveKit's own words are an answer, whatever they are.
    pub(super) const fn verdict(&self) -> Verdict {
        match self {
            Self::NotFound | Self::Rejected(Trouble::Told { .. } | Trouble::Status(_)) => Verdict::Answered,
            Self::Unavailable(Trouble::Told { .. }) | Self::TimedOut(Some(Trouble::Told { .. })) => {
                Verdict::Answered
            }
            Self::Unavailable(_) | Self::TimedOut(_) => Verdict::Silent,
            Self::Rejected(_) | Self::LeftAlone { .. } | Self::Elsewhere => Verdict::Unclear,
        }
    }
}

impl From<Failure> for SfuFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout { .. } => Self::TimedOut(None),
            Failure::TooLarge { .. } | Failure::Unsendable(_) => Self::Rejected(failure.into()),
            other => Self::Unavailable(other.into()),
        }
    }
}

impl Refusal for SfuFailure {
    fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::LeftAlone { rest } => {
                // Rounded up: a moment too early is in vain.
                let seconds = rest.as_millis().div_ceil(1000).max(1);
                problem.retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
            Self::NotFound
            | Self::Rejected(_)
            | Self::Unavailable(_)
            | Self::TimedOut(_)
            | Self::Elsewhere => problem,
        }
    }
}
