//! `call.ringing`: this device shows the ring.

use signal_protocol::CallId;

use crate::check::check_key;
use crate::command::Actor;
use crate::record::Stance;
use crate::refused::Refused;
use crate::work::{Reply, Work};

/// A device whose ring has been stopped meanwhile is told so by the refusal.
pub(crate) fn ringing(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    key: Option<&str>,
) -> Result<Reply, Refused> {
    check_key(key).map_err(Refused::Invalid)?;
    let place = work.live_place(id, actor)?;
    let party = &mut work.open(id)?.parties[place];
    match party.stance {
        Stance::Rung(_) => {
            party.show(&actor.device, key);
            Ok(Reply::Nothing)
        }
        Stance::Accepted(_)
        | Stance::Declined { .. }
        | Stance::Busy { .. }
        | Stance::Left { .. }
        | Stance::Missed { .. } => Err(Refused::NotAllowedInPhase),
    }
}
