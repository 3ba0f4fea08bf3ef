//! All of a commit, or nothing.

mod plan;

use ::redis::{Pipeline, RedisResult, Value};
use signal_protocol::Tenant;

use super::answer::{Answer, Unexpected};
use super::exchange::{Errand, TOO_LATE, within};
use super::failure::{Effect, Failure};
use super::script::Call;
use super::{Durability, Redis};
use crate::metrics::Operation;
use crate::queue::MAX_QUEUE;
use crate::{Commit, Committed, Key, StoreError};
use plan::Plan;

/// What the script did.
enum Done {
    Committed(Committed),
    Corrupt(Key),
    QueueFull(Key),
}

impl Redis {
    pub(crate) async fn commit(&self, tenant: &Tenant, commit: &Commit) -> Result<Committed, StoreError> {
        let (plan, call) = Plan::of(tenant, commit);
        let first = plan.first();
        let errand = Errand { operation: Operation::Commit, tenant, key: &first, effect: Effect::Changes };
        let answer = match &self.durability {
            Some(durability) if commit.durable => self.call_durably(&errand, &call, durability).await?,
            Some(_) | None => self.call(&errand, &call).await?,
        };
        match self.understood(&errand, done(answer, &plan))? {
            Done::Committed(committed) => Ok(committed),
            Done::Corrupt(key) => Err(self.corrupt(&key)),
            Done::QueueFull(key) => {
                Err(StoreError::Full { reason: format!("the queue {key} has {MAX_QUEUE} entries") })
            }
        }
    }

    /// Calls a script, and waits in the same breath until enough replicas have what it did. Not over the shared connection:
    /// Redis answers nothing else on a connection that waits.
    async fn call_durably(
        &self,
        errand: &Errand<'_>,
        call: &Call<'_>,
        durability: &Durability,
    ) -> Result<Answer, StoreError> {
        let mut pipeline = Pipeline::new();
        pipeline.add_command(call.command()).cmd("WAIT").arg(durability.replicas);
        pipeline.arg(u64::try_from(durability.timeout.as_millis()).unwrap_or(u64::MAX)).ignore_errors();
        let mut tries = 2;
        loop {
            tries -= 1;
            let mut exclusive = self.links.exclusive(errand.tenant).await?;
            self.metrics.round_trip(errand.operation);
            let bound = self.timeout + durability.timeout;
            let results: Result<Vec<RedisResult<Value>>, Failure> =
                within(bound, pipeline.query_async(&mut *exclusive)).await;
            let failure = match results.map(both) {
                Ok((Ok(answer), replicas)) => {
                    exclusive.put_back();
                    return self.replicated(errand, answer, replicas, durability);
                }
                Ok((Err(failure), _)) | Err(failure) => failure,
            };
            if tries > 0 && failure == Failure::NoScript {
                self.metrics.round_trip(errand.operation);
                let load = call.source.load();
                if within(self.timeout, load.exec_async(&mut *exclusive)).await.is_ok() {
                    exclusive.put_back();
                }
            } else {
                if failure.spoils_connection() {
                    self.links.suspect(errand.tenant, exclusive.link());
                } else {
                    exclusive.put_back();
                }
                if tries == 0 || !self.may_try_again(errand, &failure) {
                    return Err(self.failed(errand, failure));
                }
            }
        }
    }

    /// The answer, unless it tells of a change that too few replicas have.
    fn replicated(
        &self,
        errand: &Errand<'_>,
        answer: Value,
        replicas: Result<u64, Failure>,
        durability: &Durability,
    ) -> Result<Answer, StoreError> {
        let reason = match replicas {
            Ok(replicas) if replicas >= durability.replicas.into() => None,
            Ok(replicas) => Some(format!("{replicas} of {} replicas have it in time", durability.replicas)),
            Err(_) => Some(TOO_LATE.to_owned()),
        };
        let has_changed = matches!(&answer, Value::Array(parts) if parts.first().is_some_and(is_ok));
        match reason {
            Some(reason) if has_changed => Err(self.failed(errand, Failure::NoAnswer(reason))),
            Some(_) | None => self.understood(errand, Answer::of(answer)),
        }
    }
}

fn is_ok(value: &Value) -> bool {
    matches!(value, Value::BulkString(text) if text == b"ok")
}

/// The script's answer, and how many replicas have it.
fn both(results: Vec<RedisResult<Value>>) -> (Result<Value, Failure>, Result<u64, Failure>) {
    let missing = || Failure::NoAnswer("two commands were not answered by two answers".to_owned());
    let mut results = results.into_iter().map(|result| result.map_err(|error| Failure::of(&error)));
    let answer = results.next().unwrap_or_else(|| Err(missing()));
    let replicas = match results.next() {
        Some(Ok(Value::Int(replicas))) => u64::try_from(replicas).map_err(|_| missing()),
        Some(Err(failure)) => Err(failure),
        Some(Ok(_)) | None => Err(missing()),
    };
    (answer, replicas)
}

fn done(mut answer: Answer, plan: &Plan) -> Result<Done, Unexpected> {
    let word = answer.text()?;
    Ok(match word.as_str() {
        "ok" => {
            let now = answer.time()?;
            let mut offsets = Vec::new();
            while !answer.is_empty() {
                offsets.push(answer.number()?);
            }
            Done::Committed(Committed::Applied { now, offsets })
        }
        "late" => Done::Committed(Committed::TooLate { now: answer.time()? }),
        "conflict" => Done::Committed(Committed::Conflict { key: plan.key(answer.number()?)? }),
        "corrupt" => Done::Corrupt(plan.key(answer.number()?)?),
        "full" => Done::QueueFull(plan.key(answer.number()?)?),
        _ => return Err(Unexpected),
    })
}
