//! What call-state-service has to know of a device that polls, told beside the answer and never in its way.
//!
//! Both errands may fail without harm: a device that was not said to be there says so with its next request, within
//! the time that is waited for it; and a ring that was not said to have arrived is told by the device itself
//! (`ringing`), which it does when it shows it. So neither is tried again here beyond what the client does by itself.

use std::sync::Arc;
use std::time::Duration;

use call_state_api::{PresenceRequest, Relay};
use identity::Caller;
use signal_protocol::{CallId, DeviceId};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, info, warn};

use super::metrics::{Errand, EventsMetrics};
use crate::calls::{CallState, CallStateRefused};

/// How many errands of one replica may be under way. More pile up only while call-state-service is too slow for all of
/// them, and would make it slower.
const MOST_UNDER_WAY: usize = 1_000;
/// For how long a device is alive after a request of it.
const ALIVE_AFTER_REQUEST: Duration = Duration::from_secs(10);

/// Runs errands. Cheap to clone; clones share their bound.
#[derive(Clone)]
pub(crate) struct Errands {
    calls: CallState,
    room: Arc<Semaphore>,
    metrics: EventsMetrics,
}

impl Errands {
    pub(crate) fn new(calls: CallState, metrics: EventsMetrics) -> Self {
        Self { calls, room: Arc::new(Semaphore::new(MOST_UNDER_WAY)), metrics }
    }

    /// The device is there, and will be for as long as its poll is held open.
    pub(crate) fn is_present(&self, caller: &Arc<Caller>, device: &DeviceId, wait: Duration) {
        let (calls, caller, device) = (self.calls.clone(), Arc::clone(caller), device.clone());
        self.run(Errand::Presence, async move {
            let relay = Relay { token: caller.token(), device: &device, request_id: None };
            let request = PresenceRequest { alive_ms: alive_ms(wait) };
            calls.ask("presence", |client| client.presence(&relay, &request)).await
        });
    }

    /// The ring of `call` is handed over to the device.
    pub(crate) fn is_notified(&self, caller: &Arc<Caller>, device: &DeviceId, call: CallId) {
        let (calls, caller, device) = (self.calls.clone(), Arc::clone(caller), device.clone());
        self.run(Errand::Notified, async move {
            let relay = Relay { token: caller.token(), device: &device, request_id: None };
            calls.ask("notified", |client| client.notified(&relay, call)).await
        });
    }

    fn run(&self, errand: Errand, told: impl Future<Output = Result<(), CallStateRefused>> + Send + 'static) {
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            self.metrics.ran(errand, "dropped");
            warn!(errand = errand.name(), "errand.dropped");
            return;
        };
        let metrics = self.metrics.clone();
        let run = async move {
            let outcome = match told.await {
                Ok(()) => "told",
                // The call has ended meanwhile, or the token has expired.
                Err(refused) if refused.code().status() < 500 => {
                    info!(errand = errand.name(), code = refused.code().as_str(), "errand.refused");
                    "refused"
                }
                Err(failed) => {
                    let error: &(dyn std::error::Error + 'static) = &failed;
                    warn!(errand = errand.name(), code = failed.code().as_str(), error, "errand.failed");
                    "failed"
                }
            };
            metrics.ran(errand, outcome);
            drop(room);
        };
        // A task of its own: the answer does not wait for it, and a client that goes away does not end it.
        tokio::spawn(run.in_current_span());
    }
}

/// For how long a device is alive whose poll is held open for `wait`. No longer than the poll where that is longer than
/// after any request, so that a device which is gone is missed in time.
fn alive_ms(wait: Duration) -> u32 {
    let alive = wait.max(ALIVE_AFTER_REQUEST).as_millis();
    u32::try_from(alive).unwrap_or(u32::MAX).min(PresenceRequest::LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_alive_while_its_poll_is_open_and_a_while_after_a_short_one() {
        for (wait, alive) in [(0, 10_000), (9, 10_000), (10, 10_000), (25, 25_000), (u64::MAX, 60_000)] {
            assert_eq!(alive_ms(Duration::from_secs(wait)), alive, "{wait}");
        }
    }
}
