//! `call.notified`: the ring was handed to a device's socket or poll, or it read a snapshot with the ring in it.

use signal_protocol::CallId;

use crate::command::Actor;
use crate::refused::Refused;
use crate::work::{Reply, Work};

/// Nobody sees this change, so it is none of the view. One that comes too late is nothing.
pub(crate) fn notified(work: &mut Work<'_>, id: CallId, actor: &Actor) -> Result<Reply, Refused> {
    let place = work.place(id, actor)?;
    let party = &mut work.open(id)?.parties[place];
    if party.rung().is_some_and(|rung| !rung.silent) {
        party.notify(&actor.device);
    }
    Ok(Reply::Nothing)
}
