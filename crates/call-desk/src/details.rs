//! The records of calls that are over: what a decision that ends a call has to tell, once.
//!
//! The commit that ends a call is the only one that makes its record, and it rests on the call as it was before: so there is
//! exactly one, whoever and whatever tries to end the call at the same time. With the commit it goes to the queue of hooks; what
//! was committed is also a line of the log, which is the copy that may be lost.

use calls::{CallRecord, Decision, PartyRecord, Phase, Snapshot, Stance};
use clock::{DateTime, Utc};
use signal_protocol::{CallDetail, EndReason, PartyDetail, RECORD_SCHEMA, Tenant};
use tracing::Level;

/// The records of the calls that `decision` ends.
pub(crate) fn of_decision(decision: &Decision, before: &Snapshot, tenant: &Tenant) -> Vec<CallDetail> {
    let ends = decision.calls.iter().filter_map(|call| match call.phase {
        Phase::Ended { at, reason, .. } => Some((call, at, reason)),
        Phase::Ringing | Phase::Active { .. } => None,
    });
    let ends = ends.filter(|(call, ..)| before.calls.get(&call.id).is_none_or(CallRecord::is_live));
    ends.map(|(call, at, reason)| detail(call, at, reason, tenant)).collect()
}

/// Writes the record into the log, below a target of its own.
pub(crate) fn log(detail: &CallDetail) {
    if !tracing::enabled!(target: "records", Level::INFO) {
        return;
    }
    // It is made of texts, numbers and lists of such.
    if let Ok(record) = serde_json::to_string(detail) {
        tracing::info!(target: "records", record = record.as_str(), "call.record");
    }
}

fn detail(call: &CallRecord, at: DateTime<Utc>, reason: EndReason, tenant: &Tenant) -> CallDetail {
    let answered_at = call.active_since();
    let answer_or_end = answered_at.unwrap_or(at);
    CallDetail {
        schema: RECORD_SCHEMA,
        id: call.id.into(),
        tenant: tenant.clone(),
        call_id: call.id,
        kind: call.kind,
        media: call.media,
        room_id: call.room_id.clone(),
        caller: call.caller.clone(),
        parties: call.parties.iter().map(|party| party_detail(party, call, at)).collect(),
        created_at: call.created_at,
        answered_at,
        ended_at: at,
        ring_ms: millis_between(call.created_at, answer_or_end),
        active_ms: millis_between(answer_or_end, at),
        reason,
        trace_id: call.trace_id.clone(),
    }
}

/// Who has blocked the caller stands there as the others saw them: somebody who did not answer.
fn party_detail(party: &PartyRecord, call: &CallRecord, ended_at: DateTime<Utc>) -> PartyDetail {
    let over_at = match &party.stance {
        Stance::Rung(_) | Stance::Accepted(_) => ended_at,
        Stance::Declined { at, .. }
        | Stance::Busy { at, .. }
        | Stance::Left { at }
        | Stance::Missed { at, .. } => *at,
    };
    let entry = party.entry.as_ref();
    PartyDetail {
        user_id: party.user_id.clone(),
        role: party.role,
        state: party.state(),
        device: entry.map(|entry| entry.device.clone()),
        invited_at: party.added_at.unwrap_or(call.created_at),
        accepted_at: entry.map(|entry| entry.at),
        over_at,
    }
}

/// Zero if the clock went backwards.
fn millis_between(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}
