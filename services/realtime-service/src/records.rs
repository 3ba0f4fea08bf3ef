//! Records of rooms: what is told of each stay and of each room that is over, and what is counted of them.
//!
//! They follow from what happens to an [`Occupancy`](crate::occupancy::Occupancy) and from nothing else. What is told by hook goes
//! into the commit that makes it so, once; what was committed is a line of the log and a number, which may be lost with the
//! replica that writes it.

mod detail;
mod metrics;
mod progress;

use call_state_api::outbox::{HOOK_QUEUE, HookEffect};
use clock::{DateTime, Utc};
use prometheus_client::registry::Registry;
use signal_protocol::{Detail, RoomId, Tenant};
use store::{Commit, Committed, Key, Store, StoreError, Write};
use tracing::Level;

use crate::occupancy::Transition;
use crate::settings::RecordsSettings;
use crate::stored::json;
use metrics::RecordMetrics;
use progress::Progress;

/// Makes records, and counts. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct Records {
    /// Whether records are told by hook. A queue that nobody empties would fill the store.
    by_hook: bool,
    progress: Progress,
    metrics: RecordMetrics,
}

impl Records {
    pub(crate) fn new(settings: RecordsSettings, registry: &mut Registry) -> Self {
        let metrics = RecordMetrics::register(registry);
        Self { by_hook: settings.hook, progress: Progress::new(metrics.clone()), metrics }
    }

    /// Somebody was given a token for `room`: from now on it is measured how long it takes until they are there.
    pub(crate) fn let_in(&self, tenant: &Tenant, room: &RoomId, identity: &str) {
        self.progress.let_in(tenant, room, identity);
    }

    /// Commits `commit`, which makes `transitions` so, together with what is told of them. `now` is the store's time.
    ///
    /// # Errors
    /// Whatever the store says.
    pub(crate) async fn commit(
        &self,
        store: &Store,
        (tenant, room): (&Tenant, &RoomId),
        commit: Commit,
        transitions: &[Transition],
        now: DateTime<Utc>,
    ) -> Result<Committed, StoreError> {
        let committed = match self.hooks(tenant, room, transitions, now) {
            hooks if hooks.is_empty() => store.commit(tenant, commit).await?,
            hooks => {
                let (count, mut with_hooks) = (hooks.len(), commit.clone());
                with_hooks.writes.extend(hooks);
                match store.commit(tenant, with_hooks).await {
                    // Who is in a room matters more than that somebody is told of it: nobody empties the queue, or not fast
                    // enough. If the store itself is full, this fails as well.
                    Err(StoreError::Full { .. }) => {
                        let committed = store.commit(tenant, commit).await?;
                        if let Committed::Applied { .. } = &committed {
                            self.metrics.crowded_out(count);
                            tracing::warn!(tenant.id = %tenant, room.id = %room, records = count, "records.crowded_out");
                        }
                        committed
                    }
                    other => other?,
                }
            }
        };
        match &committed {
            Committed::Applied { .. } => self.tell(tenant, room, transitions),
            Committed::Conflict { .. } | Committed::TooLate { .. } => {}
        }
        Ok(committed)
    }

    /// What is told by hook.
    fn hooks(
        &self,
        tenant: &Tenant,
        room: &RoomId,
        transitions: &[Transition],
        now: DateTime<Utc>,
    ) -> Vec<Write> {
        if !self.by_hook {
            return Vec::new();
        }
        let details = transitions.iter().filter_map(|transition| detail::of(tenant, room, transition));
        let effects = details.map(|detail| HookEffect::of_record(detail, now, telemetry::traceparent()));
        effects.map(|effect| Write::Enqueue { queue: queue(), entry: json(&effect) }).collect()
    }

    /// Tells the log, and counts, what was committed.
    fn tell(&self, tenant: &Tenant, room: &RoomId, transitions: &[Transition]) {
        for transition in transitions {
            self.progress.noted(tenant, room, transition);
            if let Some(detail) = detail::of(tenant, room, transition) {
                self.metrics.ended(&detail);
                log(&detail);
            }
        }
    }
}

/// Writes the record into the log, below a target of its own.
fn log(detail: &Detail) {
    if !tracing::enabled!(target: "records", Level::INFO) {
        return;
    }
    // It is made of texts, numbers and lists of such.
    let Ok(record) = serde_json::to_string(&detail.told()) else { return };
    let record = record.as_str();
    match detail {
        Detail::Session(_) => tracing::info!(target: "records", record, "room.session"),
        Detail::Room(_) => tracing::info!(target: "records", record, "room.record"),
        // Calls are written down by the service that ends them.
        Detail::Call(_) => {}
    }
}

fn queue() -> Key {
    Key::parse(HOOK_QUEUE).expect("the name of the queue is a key")
}

#[cfg(test)]
mod tests;
