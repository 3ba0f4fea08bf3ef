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
    let rings = call.ring_deadlines().next().is_some();
    match call.phase {
        Phase::Ringing if call.caller_party().is_none_or(|caller| caller.seat().is_none()) => {
            end(call, now, reason);
        }
        Phase::Ringing if !rings => end(call, now, unanswered(call)),
        Phase::Active { .. } if call.accepted() == 0 || (call.accepted() == 1 && !rings) => {
            end(call, now, reason);
        }
        Phase::Ringing | Phase::Active { .. } | Phase::Ended { .. } => {}
    }
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
