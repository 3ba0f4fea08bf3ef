//! Taking entries of a queue.

use std::time::Duration;

use ::redis::Value;
use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected};
use super::exchange::{Errand, within};
use super::failure::{Effect, Failure};
use super::names::{GROUP, Names};
use super::script::{self, Call};
use crate::metrics::Operation;
use crate::{EntryId, Key, QueueEntry, StoreError};

/// A consumer of a queue.
struct Consumer<'a> {
    queue: String,
    name: &'a str,
    limit: usize,
    idle: Duration,
}

impl Redis {
    pub(crate) async fn take(
        &self,
        tenant: &Tenant,
        queue: &Key,
        consumer: &str,
        limit: usize,
        block: Duration,
        idle: Duration,
    ) -> Result<Vec<QueueEntry>, StoreError> {
        let consumer = Consumer { queue: Names::of(tenant).key(queue), name: consumer, limit, idle };
        // An entry that was given to nobody for want of an answer is given again after `idle`: nothing is lost by asking twice.
        let errand = Errand { operation: Operation::Take, tenant, key: queue, effect: Effect::None };
        let answer = match self.call(&errand, &consumer.call()).await {
            Err(StoreError::Unavailable { reason }) if is_new(&reason) => {
                self.create(&errand, &consumer).await?;
                self.call(&errand, &consumer.call()).await?
            }
            other => other?,
        };
        let entries = self.understood(&errand, entries(answer))?;
        if entries.is_empty() && block >= Duration::from_millis(1) {
            return self.wait(&errand, &consumer, block).await;
        }
        Ok(entries)
    }

    /// Makes the queue and its group; somebody else may do so at the same time.
    async fn create(&self, errand: &Errand<'_>, consumer: &Consumer<'_>) -> Result<(), StoreError> {
        let mut command = ::redis::cmd("XGROUP");
        command.arg("CREATE").arg(&consumer.queue).arg(GROUP).arg("0").arg("MKSTREAM");
        let mut link = self.links.primary(errand.tenant).await?;
        match self.send(errand.operation, &mut link.commands, &command).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(reason)) if reason.contains("BUSYGROUP") => Ok(()),
            Err(failure) => Err(self.failed(errand, &failure)),
        }
    }

    /// Waits for new entries, over a connection that nobody else waits behind.
    async fn wait(
        &self,
        errand: &Errand<'_>,
        consumer: &Consumer<'_>,
        block: Duration,
    ) -> Result<Vec<QueueEntry>, StoreError> {
        let mut command = ::redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(consumer.name).arg("COUNT").arg(consumer.limit);
        command.arg("BLOCK").arg(u64::try_from(block.as_millis()).unwrap_or(u64::MAX));
        command.arg("STREAMS").arg(&consumer.queue).arg(">");
        let mut exclusive = self.links.exclusive(errand.tenant).await?;
        self.metrics.round_trip(errand.operation);
        let bound = block + self.timeout;
        // The connection's own is that of a command that does not wait.
        exclusive.set_response_timeout(bound);
        match within(bound, command.query_async::<Value>(&mut *exclusive)).await {
            Ok(answer) => {
                exclusive.put_back();
                self.understood(errand, Answer::of(answer).and_then(new_entries))
            }
            Err(failure) => {
                if failure.spoils_connection() {
                    self.links.suspect(errand.tenant, exclusive.link());
                } else {
                    exclusive.put_back();
                }
                Err(self.failed(errand, &failure))
            }
        }
    }
}

impl Consumer<'_> {
    fn call(&self) -> Call<'_> {
        let call = Call::new(&script::TAKE, vec![self.queue.clone()]).arg(GROUP).arg(self.name);
        call.arg(self.idle.as_millis()).arg(self.limit)
    }
}

/// Nobody has ever taken anything of that queue, or somebody has emptied the server.
fn is_new(reason: &str) -> bool {
    reason.contains("NOGROUP") || reason.contains("requires the key to exist")
}

fn entries(mut answer: Answer) -> Result<Vec<QueueEntry>, Unexpected> {
    let mut entries = Vec::new();
    while !answer.is_empty() {
        let mut entry = answer.list()?;
        let id = EntryId(entry.text()?);
        let data = entry.field(b"d")?;
        entries.push(QueueEntry { id, data, deliveries: entry.number()? });
    }
    Ok(entries)
}

/// What `XREADGROUP` gave of its only stream.
fn new_entries(mut answer: Answer) -> Result<Vec<QueueEntry>, Unexpected> {
    let mut entries = Vec::new();
    if answer.is_empty() {
        return Ok(entries);
    }
    let mut stream = answer.list()?;
    stream.text()?;
    let mut list = stream.list()?;
    while !list.is_empty() {
        let mut entry = list.list()?;
        let id = EntryId(entry.text()?);
        entries.push(QueueEntry { id, data: entry.field(b"d")?, deliveries: 1 });
    }
    Ok(entries)
}
