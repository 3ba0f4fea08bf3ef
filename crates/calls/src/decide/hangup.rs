//! `call.hangup`: be out of the call, whatever one is in it, with any device.

use signal_protocol::{CallId, EndReason};

use crate::command::Actor;
use crate::ending::end_if_over;
use crate::record::{Phase, Stance};
use crate::refused::Refused;
use crate::work::{Reply, Work};

/// Who is out already, or finds the call over, has what they wanted: nothing changes and nothing is refused.
pub(crate) fn hangup(work: &mut Work<'_>, id: CallId, actor: &Actor) -> Result<Reply, Refused> {
    let place = work.place(id, actor)?;
    let now = work.now;
    let call = work.open(id)?;
    let reason = match call.phase {
        Phase::Ringing => EndReason::Cancelled,
        Phase::Active { .. } => EndReason::Completed,
        Phase::Ended { .. } => return Ok(Reply::Call),
    };
    let party = &mut call.parties[place];
    match party.stance {
        Stance::Rung(_) => party.decline(None, now),
        Stance::Accepted(_) => party.leave(now),
        Stance::Declined { .. } | Stance::Busy { .. } | Stance::Left { .. } | Stance::Missed { .. } => {
            return Ok(Reply::Call);
        }
    }
    end_if_over(call, now, reason);
    Ok(Reply::Call)
}
