//! What each party remembers of a call that is over.

use chrono::{DateTime, Utc};
use signal_protocol::{Call, HistoryItem, PartyRole, UserId};

use crate::record::{CallRecord, PartyRecord, Phase, Stance};

/// The entries of a change: one for each party when it ends the call. Who has blocked the caller has never heard of it.
pub(crate) fn of_change(
    before: Option<&CallRecord>,
    after: &CallRecord,
    view: &Call,
) -> Vec<(UserId, HistoryItem)> {
    let ended_at = match after.phase {
        Phase::Ended { at, .. } if before.is_none_or(CallRecord::is_live) => at,
        Phase::Ended { .. } | Phase::Ringing | Phase::Active { .. } => return Vec::new(),
    };
    let answered_at = after.active_since().unwrap_or(ended_at);
    let item = |party: &PartyRecord| HistoryItem {
        call: view.clone(),
        ring_ms: millis_between(after.created_at, answered_at),
        active_ms: millis_between(answered_at, ended_at),
        missed: has_missed(party),
    };
    let parties = after.parties.iter().filter(|party| !party.hidden);
    parties.map(|party| (party.user_id.clone(), item(party))).collect()
}

/// Whether they were called and never answered, neither yes nor no.
pub(crate) fn has_missed(party: &PartyRecord) -> bool {
    let unanswered = match party.stance {
        Stance::Missed { .. } | Stance::Busy { .. } => !party.responded,
        Stance::Rung(_) | Stance::Accepted(_) | Stance::Declined { .. } | Stance::Left { .. } => false,
    };
    unanswered && party.role == PartyRole::Callee
}

/// Zero if the clock went backwards.
fn millis_between(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}
