//! Logs, and the bell that tells of new entries.

use std::time::Duration;

use signal_protocol::Tenant;

use super::{Keeper, Store};
use crate::metrics::Operation;
use crate::{Bell, Key, LogPage, StoreError};

impl Store {
    /// The entries of a log behind the offset `after`, oldest first, at most `limit` (and [`MAX_PAGE`](crate::MAX_PAGE)), and
    /// what is attached to them: for a `reader`, not what is for others. One round trip.
    ///
    /// Fewer where they are large ([`MAX_PAGE_BYTES`](crate::MAX_PAGE_BYTES)), but always one if there is one: only the offset of
    /// the last entry tells whether there are more.
    ///
    /// It says what is there and no more: whether something was missed is for the caller to see in `floor` and `born`.
    pub async fn read_log(
        &self,
        tenant: &Tenant,
        log: &Key,
        after: u64,
        limit: usize,
        reader: Option<&str>,
    ) -> Result<LogPage, StoreError> {
        self.observed(Operation::ReadLog, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.read_log(tenant, log, after, limit, reader),
                Keeper::Redis(redis) => redis.read_log(tenant, log, after, limit, reader).await,
            }
        })
        .await
    }

    /// The entries of a log before the offset `before` (all, without one), newest first, at most `limit` (and
    /// [`MAX_PAGE`](crate::MAX_PAGE)).
    pub async fn read_log_back(
        &self,
        tenant: &Tenant,
        log: &Key,
        before: Option<u64>,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        self.observed(Operation::ReadLogBack, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.read_log_back(tenant, log, before, limit),
                Keeper::Redis(redis) => redis.read_log_back(tenant, log, before, limit).await,
            }
        })
        .await
    }

    /// Shortens the life of what is attached for `reader` to entries up to the offset `up_to` to `keep`, once for each entry, if
    /// the log is the one that was born then ([`LogPage::born`]). At how many entries there was something.
    pub async fn consume(
        &self,
        tenant: &Tenant,
        log: &Key,
        reader: &str,
        born: u64,
        up_to: u64,
        keep: Duration,
    ) -> Result<u64, StoreError> {
        self.observed(Operation::Consume, async {
            match &self.keeper {
                Keeper::Memory(memory) => memory.consume(tenant, log, reader, born, up_to, keep),
                Keeper::Redis(redis) => redis.consume(tenant, log, reader, born, up_to, keep).await,
            }
        })
        .await
    }

    /// Listens to the tenant's bell.
    #[must_use]
    pub fn bell(&self, tenant: &Tenant) -> Bell {
        match &self.keeper {
            Keeper::Memory(memory) => Bell::memory(memory.bell(tenant)),
            Keeper::Redis(redis) => Bell::redis(redis.bell(tenant)),
        }
    }
}
