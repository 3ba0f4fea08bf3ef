//! All of a commit, or nothing.

mod durable;
mod plan;

use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected};
use super::exchange::Errand;
use super::failure::Effect;
use crate::metrics::Operation;
use crate::queue::MAX_QUEUE;
use crate::{Commit, Committed, Key, StoreError, Version};
use plan::Plan;

/// What the script did.
enum Done {
    Committed(Committed),
    Corrupt(Key),
    QueueFull(Key),
}

impl Redis {
    pub(crate) const fn waits_for_replicas(&self) -> bool {
        self.durability.is_some()
    }

    pub(crate) async fn commit(&self, tenant: &Tenant, commit: &Commit) -> Result<Committed, StoreError> {
        self.commit_as(Operation::Commit, tenant, commit).await
    }

    /// The same, counted as another verb.
    pub(super) async fn commit_as(
        &self,
        operation: Operation,
        tenant: &Tenant,
        commit: &Commit,
    ) -> Result<Committed, StoreError> {
        let (plan, call) = Plan::of(tenant, commit);
        let first = plan.first();
        let errand = Errand { operation, tenant, key: &first, effect: Effect::Changes };
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
}

fn done(mut answer: Answer, plan: &Plan<'_>) -> Result<Done, Unexpected> {
    let word = answer.text()?;
    Ok(match word.as_str() {
        "ok" => {
            let now = answer.time()?;
            let versions = numbers(answer.list()?)?.into_iter().map(Version).collect();
            Done::Committed(Committed::Applied { now, offsets: numbers(answer)?, versions })
        }
        "late" => Done::Committed(Committed::TooLate { now: answer.time()? }),
        "conflict" => Done::Committed(Committed::Conflict { key: plan.key(answer.number()?)? }),
        "corrupt" => Done::Corrupt(plan.key(answer.number()?)?),
        "full" => Done::QueueFull(plan.key(answer.number()?)?),
        _ => return Err(Unexpected),
    })
}

fn numbers(mut answer: Answer) -> Result<Vec<u64>, Unexpected> {
    let mut numbers = Vec::new();
    while !answer.is_empty() {
        numbers.push(answer.number()?);
    }
    Ok(numbers)
}
