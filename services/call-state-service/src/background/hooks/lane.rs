//! The work on the queue: take, try, and acknowledge, put off or drop.

use std::time::Duration;

use call_state_api::outbox::{HOOK_QUEUE, HookEffect, HookKind, News};
use clock::{DateTime, Duration as TimeDelta, Utc};
use signal_protocol::{Detail, Tenant};
use store::{Commit, Committed, Key, QueueEntry, Read, StoreError, Write};
use tokio::time::Instant;
use tracing::field::{self, display};
use tracing::{Instrument as _, Span, info, info_span, warn};

use super::ending::Ending;
use super::receiver::Verdict;
use super::{Hooks, Service, waiting};
use crate::background::crew::Crew;
use crate::background::stopping::Stopping;

/// How long to wait for a hook to come, and so how long it takes to notice that it is time to stop.
const BLOCK: Duration = Duration::from_secs(1);

/// After so long an entry of a replica that died is another's: longer than a try and what goes with it.
const IDLE: Duration = Duration::from_secs(30);

/// How long to wait while the store does not answer.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// For how long hooks are still taken on when it is time to stop.
const LAST_HOOKS: Duration = Duration::from_secs(2);

/// So often an entry that cannot be read is left for a newer release that can, each time for [`IDLE`].
const UNREADABLE_DELIVERIES: u64 = 100;

/// For so much longer than its pause a record is kept, for the case that no replica runs then.
const RECORD_SPARE: Duration = Duration::from_hours(24);

impl Hooks {
    /// Works on the hooks of `tenant` until it is to stop, and then finishes what there is, for a while.
    pub(in crate::background) async fn run(self, tenant: Tenant, mut stopping: Stopping) {
        let mut crew = Crew::new(self.in_flight);
        while !stopping.is_asked() {
            match self.take(&tenant, crew.room().await, BLOCK).await {
                Ok(entries) => self.begin(&tenant, entries, &mut crew),
                // The store's readiness tells of it.
                Err(_) => stopping.pause(STORE_PAUSE).await,
            }
        }
        let end = Instant::now() + LAST_HOOKS;
        while Instant::now() < end {
            // Not zero: for some that is "for ever".
            match self.take(&tenant, crew.room().await, Duration::from_millis(1)).await {
                Ok(entries) if !entries.is_empty() => self.begin(&tenant, entries, &mut crew),
                Ok(_) | Err(_) => break,
            }
        }
        crew.finish().await;
    }

    async fn take(
        &self,
        tenant: &Tenant,
        room: usize,
        block: Duration,
    ) -> Result<Vec<QueueEntry>, StoreError> {
        self.store.take(tenant, &queue(), &self.consumer, room, block, IDLE).await
    }

    fn begin(&self, tenant: &Tenant, entries: Vec<QueueEntry>, crew: &mut Crew) {
        for entry in entries {
            crew.begin(self.clone().work_on(tenant.clone(), entry));
        }
    }

    async fn work_on(self, tenant: Tenant, entry: QueueEntry) {
        let Ok(effect) = serde_json::from_slice::<HookEffect>(&entry.data) else {
            self.set_aside(&tenant, entry).await;
            return;
        };
        let Some(service) = &self.service else {
            self.conclude(&tenant, &entry, effect.news.kind(), Ending::Off, Vec::new()).await;
            return;
        };
        let span = info_span!(
            "hook.tell",
            tenant.id = %tenant,
            user.id = field::Empty,
            call.id = field::Empty,
            room.id = field::Empty,
            hook.id = %effect.id,
            hook.kind = effect.news.kind(),
            hook.tries = effect.attempt,
        );
        describe(&span, &effect.news);
        if let Some(traceparent) = &effect.traceparent {
            telemetry::link(&span, traceparent);
        }
        self.tell(service, &tenant, &entry, effect).instrument(span).await;
    }

    async fn tell(&self, service: &Service, tenant: &Tenant, entry: &QueueEntry, mut effect: HookEffect) {
        let (key, kind) = (waiting(effect.id), effect.news.kind());
        // Without the store there is nothing to sign with, and nowhere to write what came of it: the entry comes again.
        let Ok(known) = self.store.read(tenant, Read::new().and(key.clone(), 0)).await else { return };
        if known.data(&key).is_some() {
            // Whoever had this entry before was slow, and has put it off after all.
            self.conclude(tenant, entry, kind, Ending::Elsewhere, Vec::new()).await;
            return;
        }
        // A push service that was away must not ring phones for calls that are over.
        if is_stale(&effect, known.now) {
            self.conclude(tenant, entry, kind, Ending::Stale, Vec::new()).await;
            return;
        }
        let asked = Instant::now();
        let verdict = service.receiver.tell(tenant, &effect, known.now).await;
        effect.attempt = effect.attempt.saturating_add(1);
        let (ending, writes) = match verdict {
            Verdict::Told => (Ending::Told, Vec::new()),
            Verdict::Unwanted => (Ending::Unwanted, Vec::new()),
            Verdict::Failed | Verdict::Spared => {
                let now = known.now + TimeDelta::from_std(asked.elapsed()).unwrap_or_default();
                let pause = service.pauses.after(effect.attempt);
                let again = now + TimeDelta::from_std(pause).unwrap_or_default();
                if again > effect.at + service.give_up {
                    (Ending::GivenUp, Vec::new())
                } else if self.census.is_crowded(tenant, &effect.news) {
                    (Ending::CrowdedOut, Vec::new())
                } else {
                    let ending =
                        if matches!(verdict, Verdict::Spared) { Ending::Spared } else { Ending::PutOff };
                    (ending, put_off(key, &effect, again, pause))
                }
            }
        };
        self.conclude(tenant, entry, kind, ending, writes).await;
    }

    /// An entry that is none of this release stays for one that knows it, and is not kept for ever.
    async fn set_aside(&self, tenant: &Tenant, entry: QueueEntry) {
        if entry.deliveries >= UNREADABLE_DELIVERIES {
            self.conclude(tenant, &entry, "unknown", Ending::Unreadable, Vec::new()).await;
        } else if entry.deliveries == 1 {
            warn!(tenant.id = %tenant, entry = %entry.id, "hook.unreadable");
        }
    }

    /// Takes the entry out of the queue, together with these writes, and tells what came of it.
    async fn conclude(
        &self,
        tenant: &Tenant,
        entry: &QueueEntry,
        kind: &'static str,
        ending: Ending,
        mut writes: Vec<Write>,
    ) {
        writes.push(Write::Acknowledge { queue: queue(), id: entry.id.clone() });
        let outcome = ending.as_str();
        match self.store.commit(tenant, Commit { writes, ..Commit::default() }).await {
            Ok(Committed::Applied { .. }) => self.metrics.hook_ended(kind, outcome),
            // Nothing was expected of any record and no time was set.
            Ok(Committed::Conflict { .. } | Committed::TooLate { .. }) => {}
            Err(error) => {
                // It comes again, and is told twice if it was told.
                warn!(outcome, error = &error as &(dyn std::error::Error + 'static), "hook.unrecorded");
                return;
            }
        }
        if ending.is_loss() {
            warn!(outcome, "hook.dropped");
        } else if ending != Ending::Off {
            info!(outcome, "hook.tried");
        }
    }
}

/// What makes `effect` wait until it is to be tried again.
fn put_off(key: Key, effect: &HookEffect, again: DateTime<Utc>, pause: Duration) -> Vec<Write> {
    let data = serde_json::to_vec(effect).expect("what was read as JSON can be written as JSON");
    let ttl = Some(pause.saturating_add(RECORD_SPARE));
    vec![
        Write::Put { key: key.clone(), data, refs: Vec::new(), ttl },
        Write::Schedule { member: key, at: again },
    ]
}

fn queue() -> Key {
    Key::parse(HOOK_QUEUE).expect("the name of the queue is a key")
}

/// Whether what it tells is no longer so: a ring ends at its deadline, whether anybody was told of it or not.
fn is_stale(effect: &HookEffect, now: DateTime<Utc>) -> bool {
    match &effect.news {
        News::Ring(ring) => match ring.kind {
            HookKind::RingUnseen => ring.call.expires_at.is_some_and(|deadline| now > deadline),
            HookKind::RingOver | HookKind::CallMissed => false,
        },
        News::Record(_) => false,
    }
}

/// Says in the span whom and what it is about.
fn describe(span: &Span, news: &News) {
    let (user, call, room) = match news {
        News::Ring(ring) => (Some(&ring.user_id), Some(ring.call.id), None),
        News::Record(Detail::Call(record)) => (None, Some(record.call_id), None),
        News::Record(Detail::Session(record)) => {
            (record.user_id.as_ref(), record.call_id, Some(&record.room_id))
        }
        News::Record(Detail::Room(record)) => (None, record.call_id, Some(&record.room_id)),
    };
    user.map(|user| span.record("user.id", display(user)));
    call.map(|call| span.record("call.id", display(call)));
    room.map(|room| span.record("room.id", display(room)));
}
