//! A signal that is decided on what is remembered of its call, in one round trip.

use calls::{CallRecord, Command, Decision, Snapshot};
use signal_protocol::{SignalKind, Tenant};

use super::attempt::{Attempt, Known, Versions, link};
use super::memory::{Remembered, Sender, Told};
use super::{Desk, DeskFailure, Done};
use crate::metrics::Recalled;
use crate::records::kind;
use crate::requests::Request;

impl Desk {
    /// Carries the command out on what is remembered. None where nothing is, or where it is not enough: then nothing was
    /// done, and the command is to be tried on fresh records.
    ///
    /// Only one thing is ever decided here: that a signal is in order and is relayed. That it is not, and whatever changes
    /// the call, is for those who have read.
    pub(super) async fn recall(
        &self,
        tenant: &Tenant,
        command: &Command,
        request: Option<&Request>,
    ) -> Result<Option<Done>, DeskFailure> {
        let Some(sender) = sender_of(tenant, command) else { return Ok(None) };
        let Some(remembered) = self.memory.take(&sender) else { return Ok(None) };
        let now = remembered.now();
        let is_current = calls::overdue(&remembered.snapshot, now).is_empty();
        let decide = || calls::decide(&remembered.snapshot, command, now, &self.rules).ok();
        let Some(mut decision) = is_current.then(decide).flatten().filter(is_relayed) else {
            self.metrics.recalled(Recalled::SetAside);
            return Ok(None);
        };
        // Whatever passes before the commit, by the store's own time, is to be settled first.
        let deadlines = remembered.snapshot.calls.values().filter_map(CallRecord::next_deadline);
        decision.not_after = decision.not_after.into_iter().chain(deadlines).min();
        let Remembered { snapshot, told: Told { versions, alive_until, .. }, .. } = *remembered;
        let (versions, alive_until) = (Versions::Remembered(versions), Some(alive_until));
        let known = Known { now, versions, snapshot, request, alive_until };
        link(&known.snapshot, command);
        match self.carry_out(tenant, command, known, decision).await? {
            Attempt::Done(done) => {
                self.metrics.recalled(Recalled::Held);
                Ok(Some(done))
            }
            Attempt::Conflict(key) => {
                self.metrics.recalled(Recalled::Outdated);
                // That the call has changed says nothing of who else signals for this sender.
                if key.kind() == kind::SIGNALS {
                    self.memory.give_up(sender);
                }
                Ok(None)
            }
            Attempt::Again(_) => {
                self.metrics.recalled(Recalled::Outdated);
                Ok(None)
            }
        }
    }

    /// Remembers what the next signal will rest on, now that `decision` stands, or forgets what it has changed.
    pub(super) fn memorise(
        &self,
        tenant: &Tenant,
        command: &Command,
        snapshot: Snapshot,
        decision: Decision,
        told: Told,
    ) {
        for call in &decision.calls {
            self.memory.forget(tenant, call.id, call.refers_to());
        }
        if let Some(sender) = sender_of(tenant, command)
            && is_relayed(&decision)
        {
            let call = sender.call;
            let calls = snapshot.calls.into_iter().filter(|(id, _)| *id == call).collect();
            let snapshot = Snapshot { calls, sent: decision.sent, ..Snapshot::default() };
            self.memory.keep(sender, Remembered::new(snapshot, told));
        }
    }
}

/// Whose signal the command is, if it is one that rests on the call and its sender's list alone. An answer lets go of what
/// it answers, which is in the other's list.
pub(super) fn sender_of(tenant: &Tenant, command: &Command) -> Option<Sender> {
    let Command::Signal { call, actor, request, .. } = command else { return None };
    match request.kind {
        SignalKind::Offer | SignalKind::Candidates | SignalKind::Restart => {
            Some(Sender { tenant: tenant.clone(), call: *call, user: actor.user.clone() })
        }
        SignalKind::Answer => None,
    }
}

/// Whether a signal is relayed and nothing else happens. One to somebody who rings in silence is counted and goes nowhere, by the same
/// way as any other.
pub(super) fn is_relayed(decision: &Decision) -> bool {
    !decision.sent.is_empty()
        && decision.calls.is_empty()
        && decision.users.is_empty()
        && decision.notices.is_empty()
        && decision.effects.is_empty()
        && decision.history.is_empty()
}
