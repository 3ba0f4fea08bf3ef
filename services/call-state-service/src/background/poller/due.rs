//! What is done about a timer that is due, by what it is of.

use call_desk::DeskFailure;
use call_desk::records::{call_key, kind, timer_of};
use call_state_api::outbox::{HOOK_QUEUE, SFU_QUEUE};
use calls::{CallRecord, Refused};
use clock::{DateTime, Duration as TimeDelta, Utc};
use signal_protocol::{CallId, Tenant};
use store::{Commit, Committed, Due, Key, Read, StoreError, Version, Write};
use tracing::{error, warn};

use super::Poller;
use crate::background::hooks::HOOK;

/// The kind of the records and timers of what is to be done in the SFU and waits to be tried again.
const SFU: &str = "sfu";

/// How long a call is left alone of which something cannot be read. It is looked at by people meanwhile, not every second.
const UNREADABLE: TimeDelta = TimeDelta::minutes(1);

/// What came of it, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The call was changed, or the effect is in its queue again.
    Done,
    /// Nothing was due about the call, and its timer says so now.
    Reset,
    /// There is nothing for it to be of any more: the timer is gone.
    Removed,
    /// Somebody else changed it at the same time, and with that its timer.
    Overtaken,
    /// It is due, and the rules do nothing. It comes again.
    Idle,
    /// A record cannot be read. It comes again in a minute.
    Unreadable,
    /// It did not work. It comes again in a second.
    Failed,
    /// A newer release knows what it is. It comes again in a second, perhaps to one.
    Unknown,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Reset => "reset",
            Self::Removed => "removed",
            Self::Overtaken => "overtaken",
            Self::Idle => "idle",
            Self::Unreadable => "unreadable",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl Poller {
    /// Does what is due; `now` is the store's time.
    pub(super) async fn work_on(self, tenant: Tenant, due: Due, now: DateTime<Utc>) {
        let member = &due.member;
        let (what, outcome) = match (member.kind(), CallId::parse(member.id())) {
            (kind::CALL, Ok(call)) => {
                self.metrics.deadline_was_late((now - due.at).to_std().unwrap_or_default());
                ("call", self.tick(&tenant, call, now).await)
            }
            (HOOK, _) => ("hook", self.requeue(&tenant, member, HOOK_QUEUE).await.unwrap_or(Outcome::Failed)),
            (SFU, _) => ("sfu", self.requeue(&tenant, member, SFU_QUEUE).await.unwrap_or(Outcome::Failed)),
            _ => ("unknown", Outcome::Unknown),
        };
        self.metrics.timer_was_due(what, outcome.as_str());
    }
}

impl Poller {
    /// Does what is due about a call, and sees to it that its timer fits what it then is.
    async fn tick(&self, tenant: &Tenant, call: CallId, now: DateTime<Utc>) -> Outcome {
        match self.desk.expire(tenant, call).await {
            // The commit that changed the call has set its timer, or removed it.
            Ok(true) => Outcome::Done,
            Ok(false) | Err(DeskFailure::Refused(Refused::CallNotFound)) => {
                self.mend(tenant, call, now).await.unwrap_or(Outcome::Failed)
            }
            Err(DeskFailure::Store(StoreError::Corrupt { key })) => {
                error!(tenant.id = %tenant, call.id = %call, store.key = %key, "timer.unreadable");
                self.leave_alone(tenant, call, now).await
            }
            Err(failure) => {
                warn!(
                    tenant.id = %tenant,
                    call.id = %call,
                    error = &failure as &(dyn std::error::Error + 'static),
                    "timer.failed"
                );
                Outcome::Failed
            }
        }
    }

    /// Gives a call of which nothing was due the timer that belongs to it; one that is over, or is not there, gets none.
    async fn mend(&self, tenant: &Tenant, call: CallId, now: DateTime<Utc>) -> Result<Outcome, StoreError> {
        let key = call_key(call);
        let known = self.store.read(tenant, Read::new().and(key.clone(), 0)).await?;
        let record = known.parse::<CallRecord>(&key)?;
        let (timer, outcome) = match record.as_ref().map(timer_of) {
            Some(Write::Schedule { at, .. }) if at <= now => {
                error!(tenant.id = %tenant, call.id = %call, "timer.idle");
                return Ok(Outcome::Idle);
            }
            Some(timer @ Write::Schedule { .. }) => (timer, Outcome::Reset),
            Some(timer) => (timer, Outcome::Removed),
            None => (Write::Unschedule { member: key.clone() }, Outcome::Removed),
        };
        self.commit(tenant, (key.clone(), known.version(&key)), vec![timer], outcome).await
    }

    /// Has the timer of a call come back later.
    async fn leave_alone(&self, tenant: &Tenant, call: CallId, now: DateTime<Utc>) -> Outcome {
        let later = Write::Schedule { member: call_key(call), at: now + UNREADABLE };
        match self.store.commit(tenant, Commit { writes: vec![later], ..Commit::default() }).await {
            Ok(_) => Outcome::Unreadable,
            Err(_) => Outcome::Failed,
        }
    }

    /// Brings an effect that has waited long enough back to its queue, as it was written down.
    async fn requeue(
        &self,
        tenant: &Tenant,
        member: &Key,
        queue: &'static str,
    ) -> Result<Outcome, StoreError> {
        let known = self.store.read(tenant, Read::new().and(member.clone(), 0)).await?;
        let mut writes = vec![Write::Unschedule { member: member.clone() }];
        let outcome = match known.data(member) {
            Some(entry) => {
                let queue = Key::parse(queue).expect("the name of a queue is a key");
                writes.push(Write::Enqueue { queue, entry: entry.to_vec() });
                writes.push(Write::Delete { key: member.clone() });
                Outcome::Done
            }
            None => Outcome::Removed,
        };
        self.commit(tenant, (member.clone(), known.version(member)), writes, outcome).await
    }

    async fn commit(
        &self,
        tenant: &Tenant,
        expected: (Key, Version),
        writes: Vec<Write>,
        outcome: Outcome,
    ) -> Result<Outcome, StoreError> {
        let commit = Commit { expect: vec![expected], writes, ..Commit::default() };
        match self.store.commit(tenant, commit).await? {
            Committed::Applied { .. } => Ok(outcome),
            Committed::Conflict { .. } | Committed::TooLate { .. } => Ok(Outcome::Overtaken),
        }
    }
}
