//! Signals for a device that starts from nothing, or that has met a call.

use calls::{Actor, Command, Snapshot, Wanted};
use signal_protocol::{CallId, CallMedia, Signal, StoredPayload, Tenant};
use store::Read;

use super::views::live_calls;
use super::{Desk, DeskFailure, Outcome};
use crate::records::signal_key;

impl Desk {
    /// The signals that `actor`'s device must know of the live call in `snapshot`. What they carry is read only where there
    /// are any, and one whose payload is gone by then has served, or is too old to be of use.
    pub(super) async fn signals(
        &self,
        tenant: &Tenant,
        snapshot: &Snapshot,
        actor: &Actor,
    ) -> Result<Vec<Signal>, DeskFailure> {
        let waiting: Vec<_> = live_calls(snapshot, &actor.user)
            .flat_map(|call| snapshot.waiting(call, actor).map(|(from, sent)| (call.id, from, sent)))
            .collect();
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = waiting.iter().fold(Read::new(), |read, (_, _, sent)| read.and(signal_key(sent.id), 0));
        let read = self.store.read(tenant, wanted).await?;
        let mut signals = Vec::with_capacity(waiting.len());
        for (call_id, from, sent) in waiting {
            if let Some(StoredPayload(payload)) = read.parse(&signal_key(sent.id))? {
                let (kind, generation, signal_id) = (sent.kind, sent.generation, sent.id);
                signals.push(Signal { call_id, from: from.clone(), kind, generation, payload, signal_id });
            }
        }
        Ok(signals)
    }

    /// Adds to the answer of an invite that met the callee's own call what they have sent in it. No part of what is
    /// remembered of the invite, which would keep it for longer than signals are kept.
    pub(super) async fn add_signals(
        &self,
        tenant: &Tenant,
        command: &Command,
        outcome: &mut Outcome,
    ) -> Result<(), DeskFailure> {
        if let (Outcome::Invited { answer, .. }, Some(actor)) = (outcome, command.actor())
            && answer.glare
        {
            let signals = match answer.call.media {
                CallMedia::P2p => self.signals_in(tenant, actor, answer.call.id).await?,
                CallMedia::Livekit => Vec::new(),
            };
            answer.signals = Some(signals);
        }
        Ok(())
    }

    /// None once the call is over, or is not the one that `actor` is in any more.
    async fn signals_in(
        &self,
        tenant: &Tenant,
        actor: &Actor,
        call: CallId,
    ) -> Result<Vec<Signal>, DeskFailure> {
        let (snapshot, _) = self.current(tenant, &[Wanted::UserDeep(actor.user.clone())]).await?;
        let mut signals = self.signals(tenant, &snapshot, actor).await?;
        signals.retain(|signal| signal.call_id == call);
        Ok(signals)
    }
}
