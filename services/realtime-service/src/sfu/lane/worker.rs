//! The work on the queue of one tenant: take, carry out, and acknowledge, put off or drop.

use std::error::Error;
use std::time::Duration;

use call_state_api::outbox::{SFU_QUEUE, SfuEffect, SfuTask};
use clock::{DateTime, Utc};
use futures_util::future::join_all;
use signal_protocol::Tenant;
use store::{Commit, Key, QueueEntry, Read, StoreError, Write};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{Instrument as _, info_span};

use super::LaneParts;
use super::effect::{EffectFailure, carry_out};

/// How many effects are carried out at once.
const AT_ONCE: usize = 16;

/// How long to wait for an effect to come.
const BLOCK: Duration = Duration::from_secs(5);

/// After so long an entry of a replica that died is another's: longer than an effect takes with everything it asks.
const IDLE: Duration = Duration::from_secs(15);

/// How long to wait while the store does not answer.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// So often an entry that cannot be read, or whose carrier dies of it, is left for somebody else, each time for [`IDLE`].
const MOST_DELIVERIES: u64 = 100;

/// What failed is tried again after half of its age, within these bounds: at once for a hiccup, rarely for an outage.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// For so long a room that is over is tried to be closed. LiveKit closes it by itself long before, once it is empty.
const CLOSING_PATIENCE: Duration = Duration::from_hours(24);
/// For so long a check is tried. The call asks for another one by itself.
const CHECKING_PATIENCE: Duration = Duration::from_mins(1);

/// The worker of one tenant.
#[derive(Clone)]
pub(super) struct Worker {
    parts: LaneParts,
    tenant: Tenant,
    /// What this replica is called by the queue.
    consumer: String,
}

/// What became of an effect for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Done,
    PutOff,
    /// It waits already; this was a second delivery of it.
    Elsewhere,
    GivenUp,
    /// It is none that this release knows.
    Unreadable,
}

impl Ending {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::PutOff => "put_off",
            Self::Elsewhere => "elsewhere",
            Self::GivenUp => "given_up",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Worker {
    pub(super) const fn new(parts: LaneParts, tenant: Tenant, consumer: String) -> Self {
        Self { parts, tenant, consumer }
    }

    pub(super) const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Works until it is to stop, and finishes what was begun.
    pub(super) async fn run(self, mut stopping: watch::Receiver<bool>) {
        loop {
            let taken = tokio::select! {
                // Nobody left to say so means the same.
                _ = stopping.wait_for(|stop| *stop) => return,
                taken = self.take() => taken,
            };
            match taken {
                Ok(entries) => {
                    join_all(entries.into_iter().map(|entry| self.work_on(entry))).await;
                }
                // The store's readiness tells of it.
                Err(_) => {
                    let _ = timeout(STORE_PAUSE, stopping.wait_for(|stop| *stop)).await;
                }
            }
        }
    }

    async fn take(&self) -> Result<Vec<QueueEntry>, StoreError> {
        self.parts.store.take(&self.tenant, &queue(), &self.consumer, AT_ONCE, BLOCK, IDLE).await
    }

    async fn work_on(&self, entry: QueueEntry) {
        let effect = match serde_json::from_slice::<SfuEffect>(&entry.data) {
            Ok(effect) if entry.deliveries <= MOST_DELIVERIES => effect,
            Ok(effect) => return self.conclude(&entry, word(effect.what), Ending::GivenUp, Vec::new()).await,
            Err(_) => return self.set_aside(&entry).await,
        };
        let span = info_span!(
            parent: None,
            "sfu.effect",
            otel.name = %format_args!("realtime-service.sfu.{}", word(effect.what)),
            tenant.id = %self.tenant,
            call.id = %effect.call_id,
            effect.id = %effect.id,
        );
        if let Some(traceparent) = &effect.traceparent {
            telemetry::link(&span, traceparent);
        }
        self.try_once(&entry, &effect).instrument(span).await;
    }

    async fn try_once(&self, entry: &QueueEntry, effect: &SfuEffect) {
        match carry_out(&self.parts, &self.tenant, effect).await {
            Ok(()) => self.conclude(entry, word(effect.what), Ending::Done, Vec::new()).await,
            Err(failure) => {
                tell_failure(effect.what, &failure);
                self.put_off(entry, effect).await;
            }
        }
    }

    async fn put_off(&self, entry: &QueueEntry, effect: &SfuEffect) {
        let task = word(effect.what);
        let key = Key::new("sfu", effect.id);
        // Without the store nothing can be put off: the entry comes again by itself.
        let Ok(known) = self.parts.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await else {
            return;
        };
        if known.data(&key).is_some() {
            // Whoever had this entry before was slow, and has put it off after all.
            return self.conclude(entry, task, Ending::Elsewhere, Vec::new()).await;
        }
        let age = (known.now - effect.at).to_std().unwrap_or_default();
        if age > patience(effect.what) {
            return self.conclude(entry, task, Ending::GivenUp, Vec::new()).await;
        }
        let writes = waiting(key, entry.data.clone(), known.now, pause(age));
        self.conclude(entry, task, Ending::PutOff, writes).await;
    }

    /// An entry that is none of this release stays for one that knows it, and is not kept for ever.
    async fn set_aside(&self, entry: &QueueEntry) {
        if entry.deliveries > MOST_DELIVERIES {
            self.conclude(entry, "unknown", Ending::Unreadable, Vec::new()).await;
        } else if entry.deliveries == 1 {
            tracing::warn!(tenant.id = %self.tenant, entry = %entry.id, "sfu.effect_unreadable");
        }
    }

    /// Takes the entry out of the queue, together with these writes, and tells what came of it.
    async fn conclude(&self, entry: &QueueEntry, task: &'static str, ending: Ending, mut writes: Vec<Write>) {
        writes.push(Write::Acknowledge { queue: queue(), id: entry.id.clone() });
        let commit = Commit { writes, ..Commit::default() };
        let outcome = ending.as_str();
        if let Err(error) = self.parts.store.commit(&self.tenant, commit).await {
            // It comes again, and is done twice if it was done.
            let error: &(dyn Error + 'static) = &error;
            tracing::warn!(task, outcome, error, "sfu.effect_unrecorded");
            return;
        }
        self.parts.metrics.sfu_effect(task, outcome);
        match ending {
            Ending::Done | Ending::PutOff | Ending::Elsewhere => {}
            Ending::GivenUp | Ending::Unreadable => tracing::error!(task, outcome, "sfu.effect_dropped"),
        }
    }
}

fn tell_failure(task: SfuTask, failure: &EffectFailure) {
    let error: &(dyn Error + 'static) = failure;
    tracing::warn!(task = word(task), code = failure.code(), error, "sfu.effect_failed");
}

/// What makes an effect wait until it is to be tried again.
fn waiting(key: Key, data: Vec<u8>, now: DateTime<Utc>, pause: Duration) -> Vec<Write> {
    // Kept for longer than the pause, for the case that nobody brings it back then.
    let ttl = Some(pause.saturating_add(CLOSING_PATIENCE));
    vec![
        Write::Put { key: key.clone(), data, refs: Vec::new(), ttl },
        Write::Schedule { member: key, at: now + pause },
    ]
}

fn pause(age: Duration) -> Duration {
    (age / 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

const fn patience(task: SfuTask) -> Duration {
    match task {
        SfuTask::Close => CLOSING_PATIENCE,
        SfuTask::Check => CHECKING_PATIENCE,
    }
}

/// The word for metrics, the log and spans.
const fn word(task: SfuTask) -> &'static str {
    match task {
        SfuTask::Close => "close",
        SfuTask::Check => "check",
    }
}

fn queue() -> Key {
    Key::parse(SFU_QUEUE).expect("the name of the queue is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_soon_and_then_ever_more_rarely() {
        for (age, seconds) in [(0, 1), (2, 1), (10, 5), (120, 60), (86_400, 300)] {
            assert_eq!(pause(Duration::from_secs(age)), Duration::from_secs(seconds), "{age} s old");
        }
    }
}
