//! Parts of a log.

use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected};
use super::exchange::Errand;
use super::failure::Effect;
use super::names::Names;
use super::script::{self, Call};
use crate::log::MAX_PAGE;
use crate::metrics::Operation;
use crate::{Epoch, Key, LogEntry, LogPage, StoreError};

/// Which way a log is read, and from where.
enum Part {
    After(u64),
    Before(Option<u64>),
}

impl Redis {
    pub(crate) async fn read_log(
        &self,
        tenant: &Tenant,
        log: &Key,
        after: u64,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        self.page(Operation::ReadLog, tenant, log, &Part::After(after), limit).await
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
        part: &Part,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        let names = Names::of(tenant);
        let call = Call::new(&script::LOG, vec![names.log_state(log), names.key(log), names.epoch()]);
        let call = match part {
            Part::After(after) => call.arg("XRANGE").arg(format!("{}-0", after.saturating_add(1))).arg("+"),
            Part::Before(None) => call.arg("XREVRANGE").arg("+").arg("-"),
            Part::Before(Some(before)) => {
                call.arg("XREVRANGE").arg(format!("{}-0", before.saturating_sub(1))).arg("-")
            }
        };
        let call = call.arg(limit.min(MAX_PAGE));
        let errand = Errand { operation, tenant, key: log, effect: Effect::None };
        let answer = self.call(&errand, &call).await?;
        let (mut page, has_epoch) = self.understood(&errand, page(answer))?;
        if !has_epoch {
            page.epoch = self.stamped(operation, tenant).await?;
        }
        Ok(page)
    }
}

/// The page, and whether the epoch was there: somebody may have emptied the server.
fn page(mut answer: Answer) -> Result<(LogPage, bool), Unexpected> {
    let now = answer.time()?;
    let epoch = answer.text()?;
    let has_epoch = !epoch.is_empty();
    let (last, floor, born) = (answer.number()?, answer.number()?, answer.number()?);
    let mut found = answer.list()?;
    let mut entries = Vec::new();
    while !found.is_empty() {
        let mut entry = found.list()?;
        let id = entry.text()?;
        let offset = id.strip_suffix("-0").and_then(|offset| offset.parse().ok()).ok_or(Unexpected)?;
        entries.push(LogEntry { offset, data: entry.field(b"d")? });
    }
    Ok((LogPage { entries, last, floor, born, epoch: Epoch(epoch), now }, has_epoch))
}
