//! `call.cancel`: the caller gives up before anybody answered.

use signal_protocol::{CallId, EndReason, PartyRole};

use crate::command::Actor;
use crate::ending::end_if_over;
use crate::record::Phase;
use crate::refused::Refused;
use crate::work::{Reply, Work};

pub(crate) fn cancel(work: &mut Work<'_>, id: CallId, actor: &Actor) -> Result<Reply, Refused> {
    let place = work.live_place(id, actor)?;
    let now = work.now;
    let call = work.open(id)?;
    match (&call.phase, call.parties[place].role) {
        (Phase::Ringing, PartyRole::Caller) => {
            call.parties[place].leave(now);
            end_if_over(call, now, EndReason::Cancelled);
            Ok(Reply::Call)
        }
        (Phase::Ringing, PartyRole::Callee) | (Phase::Active { .. } | Phase::Ended { .. }, _) => {
            Err(Refused::NotAllowedInPhase)
        }
    }
}
