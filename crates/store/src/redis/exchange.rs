//! One script called on the server that has the tenant's records: found, sent, healed, understood.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, RedisError, Value};
use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected};
use super::failure::{Effect, Failure};
use super::script::Call;
use crate::metrics::Operation;
use crate::{Key, StoreError};

/// Which call is made for whom.
pub(super) struct Errand<'a> {
    pub(super) operation: Operation,
    pub(super) tenant: &'a Tenant,
    /// What the call is about, for errors.
    pub(super) key: &'a Key,
    pub(super) effect: Effect,
}

impl Errand<'_> {
    /// Whether what failed may be tried once more: it was certainly not done, and another try may find another server.
    pub(super) fn may_try_again(&self, failure: &Failure) -> bool {
        match failure {
            Failure::WrongServer(_) => true,
            // Not after a timeout: whoever waits has waited long enough.
            Failure::NoAnswer(reason) => self.effect == Effect::None && reason != TOO_LATE,
            Failure::NoScript
            | Failure::Full(_)
            | Failure::Moving
            | Failure::WrongType
            | Failure::Refused(_)
            | Failure::Script(_) => false,
        }
    }
}

impl Redis {
    /// Calls a script over the connection that everybody shares.
    ///
    /// What was certainly not done is tried once more where that helps: a script that the server did not know, a server that
    /// was the wrong one, and for what changes nothing a connection that was lost.
    pub(super) async fn call(&self, errand: &Errand<'_>, call: &Call<'_>) -> Result<Answer, StoreError> {
        let mut failure = match self.call_once(errand, call).await? {
            Ok(answer) => return self.understood(errand, Answer::of(answer)),
            Err(failure) => failure,
        };
        if errand.may_try_again(&failure) {
            failure = match self.call_once(errand, call).await? {
                Ok(answer) => return self.understood(errand, Answer::of(answer)),
                Err(failure) => failure,
            };
        }
        Err(self.failed(errand, &failure))
    }

    async fn call_once(
        &self,
        errand: &Errand<'_>,
        call: &Call<'_>,
    ) -> Result<Result<Value, Failure>, StoreError> {
        let mut link = self.links.primary(errand.tenant).await?;
        let mut result = self.send(errand.operation, &mut link.commands, &call.command()).await;
        if result == Err(Failure::NoScript) {
            result = match self.send(errand.operation, &mut link.commands, &call.source.load()).await {
                Ok(_) => self.send(errand.operation, &mut link.commands, &call.command()).await,
                Err(failure) => Err(failure),
            };
        }
        if let Err(failure) = &result
            && failure.spoils_connection()
        {
            self.links.suspect(errand.tenant, &link);
        }
        Ok(result)
    }

    /// Sends a command that does not block and waits for its answer.
    pub(super) async fn send(
        &self,
        operation: Operation,
        connection: &mut MultiplexedConnection,
        command: &Cmd,
    ) -> Result<Value, Failure> {
        self.metrics.round_trip(operation);
        within(self.timeout, command.query_async::<Value>(connection)).await
    }

    pub(super) fn failed(&self, errand: &Errand<'_>, failure: &Failure) -> StoreError {
        errand.effect.error(failure, || self.corrupt(errand.key))
    }

    /// The value, or the error for an answer that the script does not give.
    pub(super) fn understood<T>(
        &self,
        errand: &Errand<'_>,
        answer: Result<T, Unexpected>,
    ) -> Result<T, StoreError> {
        answer.map_err(|Unexpected| {
            let failure = Failure::NoAnswer("the server's answer is not understood".to_owned());
            self.failed(errand, &failure)
        })
    }

    /// Counts and logs something that Redis has there and this crate did not write.
    pub(super) fn corrupt(&self, key: &Key) -> StoreError {
        self.metrics.corrupt(key, "the server has something else there")
    }
}

/// How a reason reads when an answer did not come in time.
pub(super) const TOO_LATE: &str = "no answer in time";

/// The answer within `bound`.
pub(super) async fn within<T>(
    bound: Duration,
    answer: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(bound, answer).await {
        Ok(Ok(value)) => Ok(value),
        // The connection has a bound of its own.
        Ok(Err(error)) if error.is_timeout() => Err(Failure::NoAnswer(TOO_LATE.to_owned())),
        Ok(Err(error)) => Err(Failure::of(&error)),
        Err(_) => Err(Failure::NoAnswer(TOO_LATE.to_owned())),
    }
}
