//! `call.remove`: a moderator takes somebody out of the call.

use signal_protocol::{CallId, EndReason, UserId};

use crate::ending::{end, is_over};
use crate::record::Stance;
use crate::refused::Refused;
use crate::work::{Reply, Work};

/// Who was taken out does not come back by themselves, only if they are added again. A call that cannot go on without them is
/// over because of it, whoever else has declined or missed it before.
pub(crate) fn remove(work: &mut Work<'_>, id: CallId, user: &UserId) -> Result<Reply, Refused> {
    let now = work.now;
    let call = work.open(id)?;
    let place = call.place(user).ok_or(Refused::PartyNotFound)?;
    if !call.is_live() {
        return Ok(Reply::Nothing);
    }
    let party = &mut call.parties[place];
    match party.stance {
        Stance::Rung(_) => party.miss(now),
        Stance::Accepted(_) => party.leave(now),
        Stance::Left { .. } => {}
        // None of these can come back without being added again.
        Stance::Declined { .. } | Stance::Busy { .. } | Stance::Missed { .. } => return Ok(Reply::Nothing),
    }
    party.removed = true;
    if is_over(call) {
        end(call, now, EndReason::Removed);
    }
    Ok(Reply::Nothing)
}
