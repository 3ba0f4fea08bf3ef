//! When the application's push service is called.

use chrono::{DateTime, Utc};

use crate::decision::{Hook, HookKind};
use crate::history;
use crate::record::{Attention, CallRecord, PartyRecord, Rung};

/// The hooks of a change: a ring that nobody knows of, its end, and a call that was missed.
pub(crate) fn of_change(before: Option<&CallRecord>, after: &CallRecord, now: DateTime<Utc>) -> Vec<Hook> {
    let ended = !after.is_live() && before.is_none_or(CallRecord::is_live);
    let mut hooks = Vec::new();
    for (place, party) in after.parties.iter().enumerate().filter(|(_, party)| !party.hidden) {
        let was = before.and_then(|before| before.parties.get(place)).is_some_and(is_alerted);
        let kinds = [
            (HookKind::RingUnseen, !was && is_alerted(party)),
            (HookKind::RingOver, was && !is_alerted(party)),
            (HookKind::CallMissed, ended && history::has_missed(party)),
        ];
        for (kind, _) in kinds.into_iter().filter(|(_, applies)| *applies) {
            hooks.push(Hook { kind, user_id: party.user_id.clone(), call: after.view(now) });
        }
    }
    hooks
}

/// Whether the push service has been asked to help with a ring that goes on.
fn is_alerted(party: &PartyRecord) -> bool {
    party.rung().is_some_and(|rung: &Rung| match rung.attention {
        Attention::Alerted { .. } => true,
        Attention::Awaited { .. } | Attention::Notified => false,
    })
}
