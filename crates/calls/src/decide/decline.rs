//! `call.decline`: one device says no for its person.

use signal_protocol::{CallId, EndReason};

use crate::check::check_decline;
use crate::command::Actor;
use crate::ending::end_if_over;
use crate::record::{BusyBecause, Stance};
use crate::refused::Refused;
use crate::work::{Reply, Work};

pub(crate) fn decline(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    reason: Option<&str>,
) -> Result<Reply, Refused> {
    check_decline(reason).map_err(Refused::Invalid)?;
    let place = work.live_place(id, actor)?;
    let now = work.now;
    let call = work.open(id)?;
    let party = &mut call.parties[place];
    match &party.stance {
        Stance::Rung(_) => {
            party.decline(reason, now);
            end_if_over(call, now, EndReason::Completed);
            Ok(Reply::Call)
        }
        // Said already.
        Stance::Declined { .. } | Stance::Busy { because: BusyBecause::SaidSo, .. } => Ok(Reply::Call),
        Stance::Accepted(_)
        | Stance::Left { .. }
        | Stance::Missed { .. }
        | Stance::Busy {
            because: BusyBecause::InAnotherCall | BusyBecause::DoNotDisturb | BusyBecause::Dialled,
            ..
        } => Err(Refused::NotAllowedInPhase),
    }
}
