//! Why a command was not carried out, or not known to be.

use calls::Refused;
use http_server::{Problem, Refusal};
use serde_json::{Map, Value};
use signal_protocol::{ErrorCode, FieldProblem};
use store::StoreError;

use crate::requests::RememberedRefusal;

/// A party that has sent all the signals of a call can send none in it ever again; but a number must be given with 429, and
/// after so long it is clear that it is of no use.
const SIGNALS_SPENT_SECONDS: u32 = 60;

/// Why a command was not carried out, or not known to be.
#[derive(Debug, thiserror::Error)]
pub enum DeskFailure {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The rules refused it when it came for the first time.
    #[error(transparent)]
    RefusedBefore(#[from] RememberedRefusal),
    /// Its id was that of another request.
    #[error("the request id was used for another request")]
    RequestIdReused,
    /// The records could not be read or written.
    #[error("the records could not be read or written")]
    Store(#[from] StoreError),
    /// Others changed what it rests on each time.
    #[error("others were faster {attempts} times")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// It took longer than anybody waits. The effect may stand.
    #[error("it took too long")]
    TooSlow,
}

impl DeskFailure {
    /// What the client is told happened.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::RefusedBefore(refusal) => refusal.code,
            Self::RequestIdReused => ErrorCode::RequestIdReused,
            Self::Store(error) => error.code(),
            Self::Contended { .. } | Self::TooSlow => ErrorCode::StoreUnavailable,
        }
    }

    /// The word for metrics.
    pub(crate) fn label(&self) -> &'static str {
        self.code().as_str()
    }

    /// When trying again has a chance, in seconds.
    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Store(error) => {
                let wait = error.retry_after()?.as_millis().div_ceil(1_000);
                Some(u32::try_from(wait).unwrap_or(u32::MAX))
            }
            Self::Contended { .. } | Self::TooSlow => Some(1),
            Self::Refused(_) | Self::RefusedBefore(_) => {
                (self.code() == ErrorCode::RateLimited).then_some(SIGNALS_SPENT_SECONDS)
            }
            Self::RequestIdReused => None,
        }
    }
}

impl Refusal for DeskFailure {
    fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        let problem = match self {
            Self::Refused(refused) => detailed(problem, refused.fields(), refused.extensions()),
            Self::RefusedBefore(refusal) => detailed(problem, &refusal.fields, refusal.extensions.clone()),
            Self::RequestIdReused | Self::Store(_) | Self::Contended { .. } | Self::TooSlow => problem,
        };
        match self.retry_after() {
            Some(seconds) => problem.retry_after(seconds),
            None => problem,
        }
    }
}

fn detailed(problem: Problem, fields: &[FieldProblem], extensions: Map<String, Value>) -> Problem {
    let problem = fields.iter().fold(problem, |problem, fault| problem.field(&fault.field, &fault.problem));
    extensions.into_iter().fold(problem, |problem, (name, value)| problem.extension(name, value))
}
