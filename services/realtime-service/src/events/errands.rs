//! What call-state-service has to know of a device that listens, told beside the answer and never in its way.
//!
//! It may fail without harm: a ring that was not said to have arrived is told by the device itself (`ringing`), which it does
//! when it shows it. So it is not tried again here beyond what the client does by itself.

use std::sync::Arc;

use call_state_api::Relay;
use identity::Caller;
use signal_protocol::{CallId, DeviceId};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, info, warn};

use super::metrics::{Errand, EventsMetrics};
use crate::calls::{CallState, CallStateRefused};

/// How many errands of one replica may be under way. More pile up only while call-state-service is too slow for all of
/// them, and would make it slower.
const MOST_UNDER_WAY: usize = 1_000;

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
