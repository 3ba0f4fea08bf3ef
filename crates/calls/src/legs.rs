//! People's legs: they follow the calls, and they decide who is busy.

use std::collections::BTreeMap;

use signal_protocol::UserId;

use crate::command::Actor;
use crate::ending::end_if_over;
use crate::record::{BusyBecause, CallRecord, Leg, LegKind, UserRecord};
use crate::refused::Refused;
use crate::snapshot::Snapshot;
use crate::work::Work;
use signal_protocol::{CallId, EndReason};

/// Writes into `users` what a change of a call means for the legs of its parties.
pub(crate) fn carry_over(
    before: Option<&CallRecord>,
    after: &CallRecord,
    snapshot: &Snapshot,
    users: &mut BTreeMap<UserId, UserRecord>,
) {
    for user in after.refers_to() {
        let kind = after.leg(user);
        if kind == before.and_then(|before| before.leg(user)) {
            continue;
        }
        let record = users
            .entry(user.clone())
            .or_insert_with(|| snapshot.users.get(user).cloned().unwrap_or_default());
        match kind {
            Some(kind) => record.leg = Some(Leg { call: after.id, kind }),
            // Who left this call for another in the same commit has that leg already.
            None => record.leg = record.leg.filter(|leg| leg.call != after.id),
        }
    }
}

/// Makes the actor free for `call`: a ring elsewhere becomes busy for whoever rang, a call elsewhere is in the way.
pub(crate) fn free_for(work: &mut Work<'_>, actor: &Actor, call: CallId) -> Result<(), Refused> {
    let Some(leg) = work.leg(&actor.user).filter(|leg| leg.call != call) else {
        return Ok(());
    };
    match leg.kind {
        LegKind::Engaged => Err(Refused::AlreadyInCall { call_id: leg.call }),
        LegKind::Ringing => {
            let now = work.now;
            let other = work.open(leg.call)?;
            let party = other.place(&actor.user).map(|place| &mut other.parties[place]);
            if let Some(party) = party.filter(|party| party.rung().is_some()) {
                party.be_busy(now, BusyBecause::Dialled);
                end_if_over(other, now, EndReason::Completed);
            }
            Ok(())
        }
    }
}
