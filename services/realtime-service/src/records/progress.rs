//! How long it takes from a token to being in the room, and to sending something.
//!
//! Measured where the replica that gave the token is also the one that hears of the arrival: of several replicas that is a fair
//! sample, and nothing has to be written or told for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;
use signal_protocol::{RoomId, Tenant};

use super::metrics::RecordMetrics;
use crate::occupancy::{Change, Transition};

/// How many of those who were let in are awaited at once; beyond that some are not measured.
const MOST_AWAITED: u64 = 10_000;
/// How long somebody is awaited: a token that was not used by then is not used any more, and who sends nothing for so long
/// has come to listen.
const PATIENCE: Duration = Duration::from_mins(5);

/// Who was let in, and when. Cheap to clone; clones are the same.
#[derive(Clone)]
pub(super) struct Progress {
    awaited: Cache<Arc<str>, Instant>,
    metrics: RecordMetrics,
}

impl Progress {
    pub(super) fn new(metrics: RecordMetrics) -> Self {
        let awaited = Cache::builder().max_capacity(MOST_AWAITED).time_to_live(PATIENCE).build();
        Self { awaited, metrics }
    }

    pub(super) fn let_in(&self, tenant: &Tenant, room: &RoomId, identity: &str) {
        self.awaited.insert(name(tenant, room, identity).into(), Instant::now());
    }

    pub(super) fn noted(&self, tenant: &Tenant, room: &RoomId, transition: &Transition) {
        match &transition.change {
            Change::Came { identity, .. } => {
                if let Some(since) = self.awaited.get(name(tenant, room, identity).as_str()) {
                    self.metrics.arrived(since.elapsed());
                }
            }
            Change::Published { identity, first: true, .. } => {
                if let Some(since) = self.awaited.remove(name(tenant, room, identity).as_str()) {
                    self.metrics.sends(since.elapsed());
                }
            }
            Change::Left { identity, .. } => self.awaited.invalidate(name(tenant, room, identity).as_str()),
            Change::Opened | Change::Published { first: false, .. } | Change::Closed { .. } => {}
        }
    }
}

/// No id holds a slash, so no two make the same name.
fn name(tenant: &Tenant, room: &RoomId, identity: &str) -> String {
    format!("{tenant}/{room}/{identity}")
}
