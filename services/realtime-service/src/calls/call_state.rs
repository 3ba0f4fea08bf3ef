//! call-state-service, as far as this service speaks to it.

use std::time::Instant;

use call_state_api::{CallStateClient, CallStateFailure};
use http_server::{Problem, Refusal, waiting_for};
use signal_protocol::ErrorCode;

use crate::metrics::ServiceMetrics;

/// The client, with each question counted and timed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct CallState {
    client: CallStateClient,
    metrics: ServiceMetrics,
}

/// call-state-service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct CallStateRefused(#[from] CallStateFailure);

/// What is a fault between the two services and none of the client's: the client's token is known to be good, and its
/// request was taken apart and put together anew. Most likely the two are of different releases, or their settings of
/// different realms.
const BETWEEN_US: [ErrorCode; 9] = [
    ErrorCode::MalformedJson,
    ErrorCode::TokenMissing,
    ErrorCode::TokenInvalid,
    ErrorCode::NotFound,
    ErrorCode::MethodNotAllowed,
    ErrorCode::RequestTimeout,
    ErrorCode::TooLarge,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::HeadersTooLarge,
];

impl CallState {
    pub(crate) fn new(client: CallStateClient, metrics: ServiceMetrics) -> Self {
        Self { client, metrics }
    }

    /// Asks, and waits for the answer. `what` names the question in metrics.
    pub(crate) async fn ask<'a, T, A>(
        &'a self,
        what: &'static str,
        ask: impl FnOnce(&'a CallStateClient) -> A,
    ) -> Result<T, CallStateRefused>
    where
        A: Future<Output = Result<T, CallStateFailure>>,
    {
        let started = Instant::now();
        let answer = waiting_for(ErrorCode::CallStateUnavailable, ask(&self.client));
        let outcome = answer.await.map_err(CallStateRefused);
        let label = outcome.as_ref().err().map_or("ok", CallStateRefused::outcome);
        self.metrics.call_state_answered(what, label, started.elapsed());
        outcome
    }
}

impl CallStateRefused {
    /// The code that a client is given.
    pub(crate) fn code(&self) -> ErrorCode {
        match &self.0 {
            CallStateFailure::Refused { problem, .. } if BETWEEN_US.contains(&problem.code) => {
                ErrorCode::CallStateUnavailable
            }
            CallStateFailure::Refused { problem, .. } => problem.code,
            CallStateFailure::Unavailable(_) | CallStateFailure::Malformed { .. } => {
                ErrorCode::CallStateUnavailable
            }
        }
    }

    /// Whether the token that was sent is not accepted there.
    pub(crate) fn is_about_the_token(&self) -> bool {
        match &self.0 {
            CallStateFailure::Refused { problem, .. } => problem.code.status() == 401,
            CallStateFailure::Unavailable(_) | CallStateFailure::Malformed { .. } => false,
        }
    }

    /// The label of metrics: what was answered, or how there was no answer.
    fn outcome(&self) -> &'static str {
        match &self.0 {
            CallStateFailure::Refused { problem, .. } => problem.code.as_str(),
            CallStateFailure::Unavailable(failure) => failure.kind(),
            CallStateFailure::Malformed { .. } => "malformed",
        }
    }
}

impl Refusal for CallStateRefused {
    fn problem(&self) -> Problem {
        match &self.0 {
            CallStateFailure::Refused { problem, retry_after } if problem.code == self.code() => {
                Problem::relayed((**problem).clone(), *retry_after)
            }
            CallStateFailure::Refused { .. }
            | CallStateFailure::Unavailable(_)
            | CallStateFailure::Malformed { .. } => Problem::new(self.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_protocol::ProblemDocument;

    fn refused(code: ErrorCode) -> CallStateRefused {
        let problem = Box::new(ProblemDocument::new(code, "theirs".to_owned()));
        CallStateRefused(CallStateFailure::Refused { problem, retry_after: None })
    }

    #[test]
    fn what_the_rules_say_is_passed_on_and_a_fault_between_the_services_is_not() {
        for code in [
            ErrorCode::InvalidField,
            ErrorCode::TokenExpired,
            ErrorCode::AccessDenied,
            ErrorCode::CallNotFound,
            ErrorCode::CallEnded,
            ErrorCode::RequestIdReused,
            ErrorCode::StoreUnavailable,
        ] {
            assert_eq!(refused(code).problem().code(), code);
        }
        for code in BETWEEN_US {
            assert_eq!(refused(code).problem().code(), ErrorCode::CallStateUnavailable, "{code}");
        }
        let malformed = CallStateRefused(CallStateFailure::Malformed { status: 200 });
        assert_eq!(malformed.problem().code(), ErrorCode::CallStateUnavailable);
    }
}
