//! `call.accept`: the first accept wins.

use chrono::{DateTime, Utc};
use signal_protocol::{CallId, CallMedia, PartyRole};

use crate::check::check_key;
use crate::command::Actor;
use crate::legs;
use crate::record::{CallRecord, Phase, Setup, Stance};
use crate::refused::Refused;
use crate::rules::Rules;
use crate::work::{Reply, Work};

pub(crate) fn accept(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    key: Option<&str>,
) -> Result<Reply, Refused> {
    check_key(key).map_err(Refused::Invalid)?;
    let place = work.live_place(id, actor)?;
    let party = &work.open(id)?.parties[place];
    match (&party.stance, party.role) {
        (Stance::Left { .. }, _) if party.removed => return Err(Refused::NotAllowedInPhase),
        (Stance::Rung(_) | Stance::Left { .. }, _) => take_seat(work, id, place, actor, key)?,
        (Stance::Accepted(_), PartyRole::Caller) => return Err(Refused::NotAllowedInPhase),
        (Stance::Accepted(seat), PartyRole::Callee) if seat.device == actor.device => {}
        (Stance::Accepted(_), PartyRole::Callee) => return Err(Refused::CallAlreadyAnswered),
        (Stance::Declined { .. } | Stance::Busy { .. } | Stance::Missed { .. }, _) => {
            return Err(Refused::NotAllowedInPhase);
        }
    }
    Ok(Reply::Call)
}

/// Puts the actor, who stands at `place` and is being rung or has left, into the call.
pub(crate) fn take_seat(
    work: &mut Work<'_>,
    id: CallId,
    place: usize,
    actor: &Actor,
    key: Option<&str>,
) -> Result<(), Refused> {
    legs::free_for(work, actor, id)?;
    let (now, rules) = (work.now, work.rules);
    let call = work.open(id)?;
    call.parties[place].accept(&actor.device, key, now, rules.lease);
    let pending = pending(call, now, rules);
    call.phase = match call.phase {
        Phase::Ringing => Phase::Active { since: now, setup: pending },
        // One more has come before the media did: they get the time that the first two had.
        Phase::Active { since, setup: Setup::Pending { .. } } => Phase::Active { since, setup: pending },
        Phase::Active { since, setup: Setup::Done } => Phase::Active { since, setup: Setup::Done },
        Phase::Ended { at, reason, active_since } => Phase::Ended { at, reason, active_since },
    };
    Ok(())
}

/// How long the media may take; peer-to-peer first how long until an answer is relayed, for without one they never come.
fn pending(call: &CallRecord, now: DateTime<Utc>, rules: &Rules) -> Setup {
    let until = match call.media {
        CallMedia::Livekit => now + rules.connect,
        CallMedia::P2p => now + rules.connect.min(rules.media),
    };
    Setup::Pending { until, check_at: until }
}

/// An answer was relayed: what is still to come is that both sides are connected.
pub(crate) fn expect_media(call: &mut CallRecord, rules: &Rules) {
    if let Phase::Active { since, setup: setup @ Setup::Pending { .. } } = &mut call.phase {
        let until = *since + rules.media;
        *setup = Setup::Pending { until, check_at: until };
    }
}
