//! The reaper: goes through all records, slice by slice, and puts right what a lost write left behind.
//!
//! | found | done |
//! |---|---|
//! | a leg in a call that is missing or over, or in which the person has no such part | the leg is removed |
//! | a live call that is overdue, while no timer is | it gets its timer, and the poller does the rest |
//!
//! Neither can come about while commits are whole, and the rules never count such a leg as busy; a failover that loses
//! the last writes may leave them all the same. Each repair rests on the versions that were read, is counted and logged. What
//! cannot be read, or is not understood, is left as it is. Effects that wait need no reaper: a timer without its record is
//! removed when it is due, and a record without its timer ends by itself.

use std::time::Duration;

use call_desk::records::{call_key, kind, put_user, timer_of};
use calls::{CallRecord, UserRecord};
use clock::Duration as TimeDelta;
use signal_protocol::{CallId, Tenant, UserId};
use store::{Commit, Committed, Key, Read, ScanCursor, Snapshot, Store, StoreError, Version, Write};
use tracing::warn;

use super::metrics::BackgroundMetrics;
use super::stopping::Stopping;

/// A call that has been overdue for so long has no timer: a poller would have come by several times.
const FORGOTTEN: TimeDelta = TimeDelta::seconds(5);

/// How many records are read at once.
const MOST_READ: usize = 100;

/// What goes through the records.
#[derive(Clone)]
pub(super) struct Reaper {
    pub(super) store: Store,
    pub(super) metrics: BackgroundMetrics,
    pub(super) interval: Duration,
    pub(super) slice: usize,
}

/// What is wrong, and what is to be done about it.
struct Repair {
    kind: &'static str,
    call: CallId,
    user: Option<UserId>,
    expect: Vec<(Key, Version)>,
    write: Write,
}

impl Reaper {
    /// Goes through the records of `tenant` again and again until it is to stop.
    pub(super) async fn run(self, tenant: Tenant, mut stopping: Stopping) {
        loop {
            for kind in [kind::USER, kind::CALL] {
                let mut next = Some(ScanCursor::default());
                while let Some(cursor) = next {
                    stopping.pause(self.interval).await;
                    if stopping.is_asked() {
                        return;
                    }
                    // What failed is looked at again in the next round at the latest.
                    next = self.slice(&tenant, kind, cursor.clone()).await.unwrap_or(Some(cursor));
                }
            }
        }
    }

    /// Looks at one slice of the records of a kind. Gives where to go on.
    pub(super) async fn slice(
        &self,
        tenant: &Tenant,
        kind: &'static str,
        cursor: ScanCursor,
    ) -> Result<Option<ScanCursor>, StoreError> {
        let (keys, next) = self.store.scan(tenant, &format!("{kind}:"), cursor, self.slice).await?;
        for keys in keys.chunks(MOST_READ) {
            let repairs = match kind {
                kind::USER => self.users(tenant, keys).await?,
                _ => self.calls(tenant, keys).await?,
            };
            for repair in repairs {
                self.repair(tenant, repair).await?;
            }
        }
        Ok(next)
    }

    /// Legs that agree with no call.
    async fn users(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Repair>, StoreError> {
        let known = self.read(tenant, keys, 1).await?;
        Ok(keys.iter().filter_map(|key| stale_leg(&known, key)).collect())
    }

    /// Calls that nobody will come back to.
    async fn calls(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Repair>, StoreError> {
        let known = self.read(tenant, keys, 0).await?;
        let forgotten: Vec<Repair> = keys.iter().filter_map(|key| forgotten_call(&known, key)).collect();
        // While timers are overdue the pollers are behind, or were all gone: they will come to these calls as well.
        if forgotten.is_empty() || self.store.timers(tenant).await?.overdue > 0 {
            return Ok(Vec::new());
        }
        Ok(forgotten)
    }

    async fn read(&self, tenant: &Tenant, keys: &[Key], follow: u8) -> Result<Snapshot, StoreError> {
        let read = keys.iter().fold(Read::new(), |read, key| read.and(key.clone(), follow));
        self.store.read(tenant, read).await
    }

    async fn repair(&self, tenant: &Tenant, repair: Repair) -> Result<(), StoreError> {
        let Repair { kind, call, user, expect, write } = repair;
        match self.store.commit(tenant, Commit { expect, writes: vec![write], ..Commit::default() }).await? {
            Committed::Applied { .. } => {
                self.metrics.repaired(kind);
                let user = user.as_ref().map(UserId::as_str);
                warn!(tenant.id = %tenant, call.id = %call, user.id = user, kind, "record.repaired");
            }
            // Somebody is at work on it, so it is not left behind.
            Committed::Conflict { .. } | Committed::TooLate { .. } => {}
        }
        Ok(())
    }
}

/// The leg at this key, if it agrees with no call. A record that cannot be read is no leg, and a call that cannot be read is
/// not missing; the store tells of both.
fn stale_leg(known: &Snapshot, key: &Key) -> Option<Repair> {
    let user = UserId::parse(key.id()).ok()?;
    let record = known.parse::<UserRecord>(key).ok()??;
    let call = record.live_call()?;
    let of_call = call_key(call);
    let call_record = known.parse::<CallRecord>(&of_call).ok()?;
    if !record.is_stale(&user, call_record.as_ref()) {
        return None;
    }
    let kind = match &call_record {
        None => "leg_of_missing_call",
        Some(call) if !call.is_live() => "leg_of_ended_call",
        Some(_) => "leg_without_part",
    };
    let expect = vec![(key.clone(), known.version(key)), (of_call.clone(), known.version(&of_call))];
    let write = put_user(&user, &UserRecord { leg: None, ..record });
    Some(Repair { kind, call, user: Some(user), expect, write })
}

/// The call at this key, if it is live and has been overdue for long.
fn forgotten_call(known: &Snapshot, key: &Key) -> Option<Repair> {
    let record = known.parse::<CallRecord>(key).ok()??;
    if record.next_deadline()? + FORGOTTEN >= known.now {
        return None;
    }
    let expect = vec![(key.clone(), known.version(key))];
    Some(Repair { kind: "call_without_timer", call: record.id, user: None, expect, write: timer_of(&record) })
}
