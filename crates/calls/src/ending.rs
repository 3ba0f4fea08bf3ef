//! When a call is over, and what that makes of everybody in it.

use chrono::{DateTime, Utc};
use signal_protocol::EndReason;

use crate::record::{CallRecord, Phase, Stance};

/// Ends the call if it cannot go on: nobody answered and nobody is rung any more, the caller is gone before an answer,
/// or fewer than two are left and nobody is rung. A call in which nobody is left is over even if somebody is still
/// rung: there would be no one to talk to.
///
/// `reason` is why somebody went, if that is what ends it.
pub(crate) fn end_if_over(call: &mut CallRecord, now: DateTime<Utc>, reason: EndReason) {
    if is_over(call) {
        let reason = if is_unanswered(call) { unanswered(call) } else { reason };
        end(call, now, reason);
    }
}

/// Whether the call, which has not ended, cannot go on.
pub(crate) fn is_over(call: &CallRecord) -> bool {
    let rings = call.ring_deadlines().next().is_some();
    match call.phase {
        Phase::Ringing => caller_is_gone(call) || !rings,
        Phase::Active { .. } => call.accepted() == 0 || (call.accepted() == 1 && !rings),
        Phase::Ended { .. } => false,
    }
}

/// Whether the caller still waits, of a call that is over: then it is over because nobody answered.
fn is_unanswered(call: &CallRecord) -> bool {
    match call.phase {
        Phase::Ringing => !caller_is_gone(call),
        Phase::Active { .. } | Phase::Ended { .. } => false,
    }
}

fn caller_is_gone(call: &CallRecord) -> bool {
    call.caller_party().is_none_or(|caller| caller.seat().is_none())
}

/// Ends the call. Who was being rung has missed it; who was in it was in it to the end.
pub(crate) fn end(call: &mut CallRecord, now: DateTime<Utc>, reason: EndReason) {
    let active_since = call.active_since();
    for party in &mut call.parties {
        party.miss(now);
        party.stop_devices();
    }
    call.phase = Phase::Ended { at: now, reason, active_since };
}

/// Why a call that nobody accepted is over: the first that applies to anybody.
fn unanswered(call: &CallRecord) -> EndReason {
    let any = |applies: fn(&Stance) -> bool| call.parties.iter().any(|party| applies(&party.stance));
    if any(|stance| matches!(stance, Stance::Declined { .. })) {
        EndReason::Rejected
    } else if any(|stance| matches!(stance, Stance::Busy { .. })) {
        EndReason::Busy
    } else if any(|stance| matches!(stance, Stance::Missed { notified: true, .. })) {
        EndReason::NoAnswer
    } else {
        EndReason::Unreachable
    }
}
