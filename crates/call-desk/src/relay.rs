//! Signals that change nothing of their call, passed on where they arrive.
//!
//! Most signals are candidates: they rest on the call, change the list of what their sender has sent, and nothing else. They
//! are decided here as the desk decides them, and whatever is more than that is left to call-state-service: an answer, a
//! refusal, a connection that begins anew, a deadline that has passed, a request that was answered before, records that
//! others change at the same time.

use std::time::Duration;

use calls::{Actor, Command, Rules};
use signal_protocol::{CallId, SignalRequest, Tenant};
use store::Store;
use uuid::Uuid;

use crate::desk::{Desk, DeskFailure, Hooks, new_id};
use crate::metrics::DeskMetrics;
use crate::requests::Request;

/// Passes signals on. Cheap to clone; clones work on the same records.
#[derive(Clone)]
pub struct SignalRelay(Desk);

impl SignalRelay {
    /// A relay over the records in `store`, where one signal may take as long as `patience`.
    #[must_use]
    pub fn new(store: Store, metrics: DeskMetrics, patience: Duration) -> Self {
        // What is set up in call-state-service is about answers, invites and ends, which are not for here.
        Self(Desk::new(store, Rules::default(), Hooks::default(), metrics).with_patience(patience))
    }

    /// Passes the signal on, once: its id. `None` where that is not all there is to it: nothing was done then, and the command
    /// is to be passed to call-state-service, under the same `request_id`.
    ///
    /// # Errors
    /// The records could not be read or written, or not in time. The effect may stand.
    pub async fn relay(
        &self,
        tenant: &Tenant,
        actor: Actor,
        request_id: &str,
        call: CallId,
        request: &SignalRequest,
    ) -> Result<Option<Uuid>, DeskFailure> {
        let same = Request::of_signal(&actor.user, Some(request_id.to_owned()), call, request);
        let command = Command::Signal { call, actor, id: new_id(), request: request.clone() };
        self.0.relay(tenant, &command, same.as_ref()).await
    }
}
