//! A change that rests on what was read.

use signal_protocol::Tenant;

use super::Store;
use crate::{Attempts, Commit, Committed, Contended, Contention, Read, Snapshot, StoreError, Write};

/// What is to be changed, as decided on one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<T> {
    /// What is answered once it is so.
    pub outcome: T,
    /// What is to be written. Nothing: it is so already.
    pub writes: Vec<Write>,
}

impl<T> Change<T> {
    /// Nothing is to be written.
    pub const fn none(outcome: T) -> Self {
        Self { outcome, writes: Vec::new() }
    }
}

impl Store {
    /// Makes a change, durably, on the condition that all that was read for it still holds, what is absent included. What the change
    /// is, `decide` says anew on each reading, for there is another one each time that somebody else was faster.
    ///
    /// # Errors
    /// What `decide` refuses, what the store says, and [`Contended`] if others were faster each time.
    pub async fn change<T, E>(
        &self,
        tenant: &Tenant,
        attempts: Attempts,
        read: Read,
        mut decide: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError> + From<Contended>,
    {
        let mut contention = self.contention(attempts);
        loop {
            let snapshot = self.read(tenant, read.clone()).await?;
            let Change { outcome, writes } = decide(&snapshot)?;
            if writes.is_empty() {
                return Ok(outcome);
            }
            let expect = snapshot.keys().map(|key| (key.clone(), snapshot.version(key))).collect();
            let commit = Commit { expect, writes, durable: true, not_after: None };
            match self.commit(tenant, commit).await? {
                Committed::Applied { .. } => return Ok(outcome),
                Committed::Conflict { .. } | Committed::TooLate { .. } => contention.overtaken().await?,
            }
        }
    }

    /// Keeps count of one change that others may overtake.
    #[must_use]
    pub fn contention(&self, attempts: Attempts) -> Contention {
        Contention::new(attempts, self.metrics.clone())
    }
}
