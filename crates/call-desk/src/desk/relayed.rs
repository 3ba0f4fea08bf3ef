//! A signal that changes nothing of its call, and whatever else is left to others.

use calls::Command;
use signal_protocol::Tenant;
use store::StoreError;
use tokio::time::timeout;
use tracing::Instrument as _;
use uuid::Uuid;

use super::attempt::{Attempt, Known, link, read_for};
use super::recalled::{is_relayed, sender_of};
use super::{Desk, DeskFailure, Done, Outcome, span_of};
use crate::requests::Request;

impl Desk {
    /// Carries the command out if it is a signal that is relayed and nothing else. `None` otherwise: then nothing was done,
    /// and nothing is counted.
    ///
    /// The rules that can be set say nothing of such a signal.
    pub(crate) async fn relay(
        &self,
        tenant: &Tenant,
        command: &Command,
        request: Option<&Request>,
    ) -> Result<Option<Uuid>, DeskFailure> {
        if sender_of(tenant, command).is_none() {
            return Ok(None);
        }
        let span = span_of(tenant, command);
        // Boxed: it is large, and is passed on three times.
        let work = Box::pin(self.relayed(tenant, command, request)).instrument(span.clone());
        let outcome = timeout(self.patience, work).await.unwrap_or(Err(DeskFailure::TooSlow));
        match &outcome {
            Ok(Some(done)) => {
                span.record("attempts", 1);
                self.metrics.commanded(command.name(), done.label());
            }
            Ok(None) => {
                span.record("attempts", 0);
            }
            Err(failure) => self.metrics.commanded(command.name(), failure.label()),
        }
        match outcome?.map(Done::outcome) {
            Some(Outcome::Signal(id)) => Ok(Some(id)),
            None => Ok(None),
            Some(other) => unreachable!("a signal that was relayed came to {other:?}"),
        }
    }

    async fn relayed(
        &self,
        tenant: &Tenant,
        command: &Command,
        request: Option<&Request>,
    ) -> Result<Option<Done>, DeskFailure> {
        if let Some(done) = self.recall(tenant, command, request).await? {
            return Ok(Some(done));
        }
        let read = self.store.read(tenant, read_for(command, request)).await?;
        if request.is_some_and(|request| read.data(&request.key()).is_some()) {
            return Ok(None);
        }
        let known = match Known::read(&read, request) {
            Ok(known) => known,
            // Of a newer release, perhaps, of which call-state-service is already.
            Err(DeskFailure::Store(StoreError::Corrupt { .. })) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        if !calls::overdue(&known.snapshot, read.now).is_empty() {
            return Ok(None);
        }
        let decision = calls::decide(&known.snapshot, command, read.now, &self.rules).ok();
        let Some(decision) = decision.filter(is_relayed) else { return Ok(None) };
        link(&known.snapshot, command);
        match self.carry_out(tenant, command, known, decision).await? {
            Attempt::Done(done) => Ok(Some(done)),
            // The service that is asked next counts that it was tried again.
            Attempt::Again(_) | Attempt::Conflict(_) => Ok(None),
        }
    }
}
