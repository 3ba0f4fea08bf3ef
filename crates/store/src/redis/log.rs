//! Parts of a log, and what is attached to their entries.

use std::time::Duration;

use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected};
use super::exchange::Errand;
use super::failure::Effect;
use super::names::Names;
use super::script::{self, Call};
use crate::log::{MAX_PAGE, MAX_PAGE_BYTES};
use crate::metrics::Operation;
use crate::{Attached, Epoch, Key, LogEntry, LogPage, StoreError};

/// Which way a log is read, from where, and by whom.
enum Part<'a> {
    After(u64, Option<&'a str>),
    Before(Option<u64>),
}

/// What the script found.
enum Found {
    /// The page, and whether the epoch was there: somebody may have emptied the server.
    Page(LogPage, bool),
    Corrupt(Key),
}

impl Redis {
    pub(crate) async fn read_log(
        &self,
        tenant: &Tenant,
        log: &Key,
        after: u64,
        limit: usize,
        reader: Option<&str>,
    ) -> Result<LogPage, StoreError> {
        self.page(Operation::ReadLog, tenant, log, &Part::After(after, reader), limit).await
    }

    pub(crate) async fn read_log_back(
        &self,
        tenant: &Tenant,
        log: &Key,
        before: Option<u64>,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        self.page(Operation::ReadLogBack, tenant, log, &Part::Before(before), limit).await
    }

    async fn page(
        &self,
        operation: Operation,
        tenant: &Tenant,
        log: &Key,
        part: &Part<'_>,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        let names = Names::of(tenant);
        let keys = vec![names.log_state(log), names.key(log), names.epoch()];
        let call = Call::new(&script::LOG, keys).arg(names.prefix());
        let limit = limit.min(MAX_PAGE);
        let call = match part {
            Part::After(after, reader) => {
                let first = format!("{}-0", after.saturating_add(1));
                let call = call.arg("XRANGE").arg(first).arg("+").arg(limit).arg(MAX_PAGE_BYTES);
                match reader {
                    Some(reader) => call.arg(*reader).arg(*after),
                    None => call,
                }
            }
            Part::Before(None) => call.arg("XREVRANGE").arg("+").arg("-").arg(limit).arg(usize::MAX),
            Part::Before(Some(before)) => {
                let first = format!("{}-0", before.saturating_sub(1));
                call.arg("XREVRANGE").arg(first).arg("-").arg(limit).arg(usize::MAX)
            }
        };
        let errand = Errand { operation, tenant, key: log, effect: Effect::None };
        let answer = self.call(&errand, &call).await?;
        match self.understood(&errand, found(answer))? {
            Found::Page(page, true) => Ok(page),
            Found::Page(page, false) => Ok(LogPage { epoch: self.stamped(operation, tenant).await?, ..page }),
            Found::Corrupt(key) => Err(self.corrupt(&key)),
        }
    }

    pub(crate) async fn consume(
        &self,
        tenant: &Tenant,
        log: &Key,
        reader: &str,
        born: u64,
        up_to: u64,
        keep: Duration,
    ) -> Result<u64, StoreError> {
        let names = Names::of(tenant);
        let call = Call::new(&script::CONSUME, vec![names.log_state(log), names.key(log)]);
        // Redis removes at once what is to be kept for no time.
        let call = call.arg(names.prefix()).arg(born).arg(reader).arg(up_to).arg(keep.as_millis().max(1));
        let errand = Errand { operation: Operation::Consume, tenant, key: log, effect: Effect::Changes };
        let mut answer = self.call(&errand, &call).await?;
        self.understood(&errand, answer.number())
    }
}

fn found(mut answer: Answer) -> Result<Found, Unexpected> {
    match answer.text()?.as_str() {
        "ok" => {}
        "corrupt" => return Ok(Found::Corrupt(answer.key()?)),
        _ => return Err(Unexpected),
    }
    let now = answer.time()?;
    let epoch = answer.text()?;
    let has_epoch = !epoch.is_empty();
    let (last, floor, born) = (answer.number()?, answer.number()?, answer.number()?);
    let has_unconsumed = answer.number()? != 0;
    let mut found = answer.list()?;
    let mut entries = Vec::new();
    while !found.is_empty() {
        entries.push(entry(found.list()?)?);
    }
    let page = LogPage { entries, has_unconsumed, last, floor, born, epoch: Epoch(epoch), now };
    Ok(Found::Page(page, has_epoch))
}

fn entry(mut entry: Answer) -> Result<LogEntry, Unexpected> {
    let id = entry.text()?;
    let offset = id.strip_suffix("-0").and_then(|offset| offset.parse().ok()).ok_or(Unexpected)?;
    let (mut data, mut attachment) = (None, Attached::None);
    let mut fields = entry.list()?;
    while !fields.is_empty() {
        let (field, value) = (fields.bytes()?, fields.bytes()?);
        match field.as_slice() {
            b"d" => data = Some(value),
            b"a" => attachment = Attached::Data(value),
            b"g" => attachment = Attached::Gone,
            b"e" => attachment = Attached::Elsewhere,
            // Of a newer release, which runs beside this one during an upgrade.
            _ => {}
        }
    }
    Ok(LogEntry { offset, data: data.ok_or(Unexpected)?, attachment })
}
