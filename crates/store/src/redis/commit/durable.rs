//! A commit that is answered when replicas have it.

use ::redis::{Pipeline, RedisResult, Value};

use crate::StoreError;
use crate::redis::answer::Answer;
use crate::redis::exchange::{Errand, within};
use crate::redis::failure::Failure;
use crate::redis::link::Exclusive;
use crate::redis::script::Call;
use crate::redis::{Durability, Redis};

/// What came back: the script's answer, and how many replicas have what it did.
type Replicated = (Value, Result<u64, Failure>);

impl Redis {
    /// Calls a script, and waits in the same breath until enough replicas have what it did. Not over the shared connection:
    /// Redis answers nothing else on a connection that waits.
    pub(super) async fn call_durably(
        &self,
        errand: &Errand<'_>,
        call: &Call<'_>,
        durability: &Durability,
    ) -> Result<Answer, StoreError> {
        let mut result = self.call_durably_once(errand, call, durability).await?;
        if result.as_ref().is_err_and(|failure| errand.may_try_again(failure)) {
            result = self.call_durably_once(errand, call, durability).await?;
        }
        match result {
            Ok((answer, replicas)) => self.replicated(errand, answer, &replicas, durability),
            Err(failure) => Err(self.failed(errand, &failure)),
        }
    }

    async fn call_durably_once(
        &self,
        errand: &Errand<'_>,
        call: &Call<'_>,
        durability: &Durability,
    ) -> Result<Result<Replicated, Failure>, StoreError> {
        let mut exclusive = self.links.exclusive(errand.tenant).await?;
        let mut result = self.send_both(errand, call, durability, &mut exclusive).await;
        if result.as_ref().is_err_and(|failure| *failure == Failure::NoScript) {
            result = match self.send(errand.operation, &mut exclusive, &call.source.load()).await {
                Ok(_) => self.send_both(errand, call, durability, &mut exclusive).await,
                Err(failure) => Err(failure),
            };
        }
        match &result {
            Err(failure) if failure.spoils_connection() => {
                self.links.suspect(errand.tenant, exclusive.link());
            }
            Ok(_) | Err(_) => exclusive.put_back(),
        }
        Ok(result)
    }

    async fn send_both(
        &self,
        errand: &Errand<'_>,
        call: &Call<'_>,
        durability: &Durability,
        exclusive: &mut Exclusive,
    ) -> Result<Replicated, Failure> {
        let mut pipeline = Pipeline::new();
        pipeline.add_command(call.command()).cmd("WAIT").arg(durability.replicas);
        pipeline.arg(u64::try_from(durability.timeout.as_millis()).unwrap_or(u64::MAX)).ignore_errors();
        let bound = self.timeout + durability.timeout;
        // The connection's own is that of a command that does not wait.
        exclusive.set_response_timeout(bound);
        self.metrics.round_trip(errand.operation);
        let results: Vec<RedisResult<Value>> = within(bound, pipeline.query_async(&mut **exclusive)).await?;
        let mut results = results.into_iter().map(|result| result.map_err(|error| Failure::of(&error)));
        let missing = || Failure::NoAnswer("two commands were not answered by two answers".to_owned());
        let answer = results.next().unwrap_or_else(|| Err(missing()))?;
        let replicas = match results.next() {
            Some(Ok(Value::Int(replicas))) => u64::try_from(replicas).map_err(|_| missing()),
            Some(Err(failure)) => Err(failure),
            Some(Ok(_)) | None => Err(missing()),
        };
        Ok((answer, replicas))
    }

    /// The answer, unless it tells of a change that too few replicas have.
    fn replicated(
        &self,
        errand: &Errand<'_>,
        answer: Value,
        replicas: &Result<u64, Failure>,
        durability: &Durability,
    ) -> Result<Answer, StoreError> {
        let reason = match replicas {
            Ok(replicas) if *replicas >= durability.replicas.into() => None,
            Ok(replicas) => Some(format!("{replicas} of {} replicas have it in time", durability.replicas)),
            Err(failure) => Some(failure.to_string()),
        };
        match reason {
            Some(reason) if has_changed(&answer) => Err(self.failed(errand, &Failure::NoAnswer(reason))),
            Some(_) | None => self.understood(errand, Answer::of(answer)),
        }
    }
}

fn has_changed(answer: &Value) -> bool {
    let is_ok = |word: &Value| matches!(word, Value::BulkString(text) if text == b"ok");
    matches!(answer, Value::Array(parts) if parts.first().is_some_and(is_ok))
}
