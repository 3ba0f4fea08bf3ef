//! A request that comes again.

use signal_protocol::Tenant;
use store::{Commit, Committed, Version};

use super::attempt::Attempt;
use super::{Desk, DeskFailure, Done};
use crate::metrics::Why;
use crate::requests::{Remembered, RememberedAnswer, Request};

impl Desk {
    /// The answer that was given to this request, unless its id was that of another one. `version` is that of the record in
    /// which the answer was found.
    ///
    /// That it was found does not mean that replicas have it: it may be there because the first try got too few
    /// acknowledgements and was answered 503. So where the first answer waits for replicas, this one does, for a change
    /// that comes after whatever the first try has written.
    pub(super) async fn answer_again(
        &self,
        tenant: &Tenant,
        request: &Request,
        remembered: Remembered,
        version: Version,
        is_durable: bool,
    ) -> Result<Attempt, DeskFailure> {
        if !request.is(&remembered) {
            return Err(DeskFailure::RequestIdReused);
        }
        if is_durable && self.store.waits_for_replicas() {
            let commit = Commit {
                expect: vec![(request.key(), version)],
                writes: vec![request.remember(remembered.answer.clone())],
                durable: true,
                ..Commit::default()
            };
            match self.store.commit(tenant, commit).await? {
                Committed::Applied { .. } => {}
                Committed::Conflict { key } => {
                    self.metrics.conflict(key.kind());
                    return Ok(Attempt::Conflict(key));
                }
                Committed::TooLate { .. } => return Ok(Attempt::Again(Why::TooLate)),
            }
        }
        match remembered.answer {
            RememberedAnswer::Done(outcome) => Ok(Attempt::Done(Done::Repeated(outcome))),
            RememberedAnswer::Refused(refusal) => Err(refusal.into()),
        }
    }
}
