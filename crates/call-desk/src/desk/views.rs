//! What somebody is shown. Nothing that is over is ever shown as going on: what is overdue is settled first.

use call_state_api::SnapshotAnswer;
use calls::{Actor, CallRecord, Command, Refused, Snapshot, Wanted};
use clock::{DateTime, Utc};
use http_server::Part;
use signal_protocol::{Call, CallId, HistoryItem, Page, PartyState, Tenant, UserId};
use store::{Key, LogEntry, Read, StoreError};
use tokio::time::timeout;

use super::{Desk, DeskFailure, HistoryCursor, MOST_ATTEMPTS};
use crate::metrics::Why;
use crate::records::{self, HistoryEntry, call_key, history_key};

impl Desk {
    /// One call, for one of its parties.
    pub async fn show(&self, tenant: &Tenant, actor: &Actor, call: CallId) -> Result<Call, DeskFailure> {
        let (snapshot, now) = self.current(tenant, &[Wanted::Call(call)]).await?;
        self.is_alive(tenant, Some(actor), now).await;
        let record = snapshot.calls.get(&call).filter(|record| record.party(&actor.user).is_some());
        record.map(|record| record.view(now)).ok_or(DeskFailure::Refused(Refused::CallNotFound))
    }

    /// The live calls of somebody, and the time.
    pub async fn live(
        &self,
        tenant: &Tenant,
        actor: &Actor,
    ) -> Result<(Vec<Call>, DateTime<Utc>), DeskFailure> {
        let (snapshot, now) = self.current(tenant, &[Wanted::UserCalls(actor.user.clone())]).await?;
        self.is_alive(tenant, Some(actor), now).await;
        Ok((live_calls(&snapshot, &actor.user).map(|record| record.view(now)).collect(), now))
    }

    /// The same for a device that starts from nothing, with the signals that it must know: the rings among them count as
    /// handed to it.
    pub async fn hand_over(&self, tenant: &Tenant, actor: &Actor) -> Result<SnapshotAnswer, DeskFailure> {
        let (snapshot, now) = self.current(tenant, &[Wanted::UserDeep(actor.user.clone())]).await?;
        self.is_alive(tenant, Some(actor), now).await;
        let calls: Vec<Call> = live_calls(&snapshot, &actor.user).map(|record| record.view(now)).collect();
        let signals = self.signals(tenant, &snapshot, actor).await?;
        for call in calls.iter().filter(|call| is_rung(call, &actor.user)) {
            let command = Command::Notified { call: call.id, actor: actor.clone() };
            match self.run(tenant, command, None).await {
                // Over since it was read: the event of it comes after the cursor that the device goes on from. Or so many
                // act on it that this one gave up: the device says so itself when it shows the ring.
                Ok(_)
                | Err(DeskFailure::Refused(_) | DeskFailure::Contended { .. } | DeskFailure::TooSlow) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(SnapshotAnswer { calls, signals, server_now: now })
    }

    /// A part of somebody's ended calls, newest first.
    pub async fn history(
        &self,
        tenant: &Tenant,
        user: &UserId,
        Part { limit, after: cursor }: Part<HistoryCursor>,
    ) -> Result<Page<HistoryItem>, DeskFailure> {
        let key = history_key(user);
        // One more than asked for tells whether there is more.
        let before = cursor.map(|cursor| cursor.before);
        let page = self.store.read_log_back(tenant, &key, before, limit + 1).await?;
        let mut found = Page { items: Vec::new(), next_cursor: None };
        if cursor.is_some_and(|cursor| cursor.born != page.born) {
            // What the cursor went through is gone altogether.
            return Ok(found);
        }
        let (mut last, mut entries) = (None, Vec::new());
        for logged in &page.entries {
            let entry = read_entry(&key, logged)?;
            // The log drops entries late; this is when they are promised to be gone.
            if (page.now - entry.ended_at).to_std().is_ok_and(|age| age > records::HISTORY.max_age) {
                break;
            }
            if entries.len() == limit {
                found.next_cursor = last.map(|before| HistoryCursor { born: page.born, before }.to_string());
                break;
            }
            last = Some(logged.offset);
            entries.push(entry);
        }
        found.items = self.remembered(tenant, &entries).await?;
        Ok(found)
    }

    /// The calls that these entries are about, as they ended. One whose record is gone since the log was read is left out,
    /// as it would be a moment later.
    async fn remembered(
        &self,
        tenant: &Tenant,
        entries: &[HistoryEntry],
    ) -> Result<Vec<HistoryItem>, DeskFailure> {
        let wanted = entries.iter().fold(Read::new(), |read, entry| read.and(call_key(entry.call), 0));
        let read = self.store.read(tenant, wanted).await?;
        let calls = records::snapshot(&read)?.calls;
        let item = |entry: &HistoryEntry| {
            let call = calls.get(&entry.call)?.view(read.now);
            let HistoryEntry { ring_ms, active_ms, missed, .. } = *entry;
            Some(HistoryItem { call, ring_ms, active_ms, missed })
        };
        Ok(entries.iter().filter_map(item).collect())
    }

    /// What is wanted, with nothing overdue in it, and the time.
    pub(super) async fn current(
        &self,
        tenant: &Tenant,
        wanted: &[Wanted],
    ) -> Result<(Snapshot, DateTime<Utc>), DeskFailure> {
        let work = async {
            for _ in 0..MOST_ATTEMPTS {
                let read = self.store.read(tenant, records::read_of(wanted)).await?;
                let snapshot = records::snapshot(&read)?;
                if !self.settle(tenant, &snapshot, &read).await? {
                    return Ok((snapshot, read.now));
                }
                self.metrics.repeated("call.show", Why::Overdue);
            }
            Err(DeskFailure::Contended { attempts: MOST_ATTEMPTS })
        };
        timeout(self.patience, work).await.unwrap_or(Err(DeskFailure::TooSlow))
    }
}

fn read_entry(log: &Key, entry: &LogEntry) -> Result<HistoryEntry, StoreError> {
    serde_json::from_slice(&entry.data).map_err(|error| {
        tracing::error!(store.key = %log, offset = entry.offset, %error, "history.unreadable");
        StoreError::Corrupt { key: log.clone() }
    })
}

/// The live calls in which `user` has a leg; one at most, as the rules are today.
pub(super) fn live_calls<'a>(snapshot: &'a Snapshot, user: &UserId) -> impl Iterator<Item = &'a CallRecord> {
    let call = snapshot.users.get(user).and_then(calls::UserRecord::live_call);
    let record = call.and_then(|call| snapshot.calls.get(&call));
    record.filter(|record| record.leg(user).is_some()).into_iter()
}

/// Whether `user` is being rung in this call.
fn is_rung(call: &Call, user: &UserId) -> bool {
    call.parties.iter().any(|party| {
        party.user_id == *user && matches!(party.state, PartyState::Invited | PartyState::Ringing)
    })
}
