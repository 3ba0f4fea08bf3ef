//! `call.add_party`: ring one more person into a call.

use signal_protocol::{CallId, CallMedia, FieldProblem, PartyRole, UserId};

use crate::check::MAX_CALLEES;
use crate::command::Actor;
use crate::record::{CallRecord, PartyRecord, Phase, Stance};
use crate::refused::Refused;
use crate::ring;
use crate::rules::Directory;
use crate::work::{Reply, Work};

pub(crate) fn add_party(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    user: &UserId,
) -> Result<Reply, Refused> {
    let place = work.live_place(id, actor)?;
    let directory = work.rules.directory;
    let call = work.open(id)?;
    match call.media {
        CallMedia::P2p => return Err(Refused::WrongMedia),
        CallMedia::Livekit => {}
    }
    if !may_add(call, place) {
        return Err(Refused::NotAllowedInPhase);
    }
    match directory {
        Directory::None if call.room_id.is_none() => {
            return Err(Refused::AccessDenied { user_ids: vec![user.clone()] });
        }
        Directory::None | Directory::Realm => {}
    }
    let known = call.parties.iter().position(|party| party.user_id == *user);
    match known {
        Some(known) if is_in(&call.parties[known]) => return Err(Refused::AlreadyInCall { call_id: id }),
        None if call.parties.len() > MAX_CALLEES => return Err(Refused::Invalid(vec![too_many()])),
        Some(_) | None => {}
    }
    let (caller, seconds) = (call.caller.clone(), call.ring_seconds);
    let rung = ring::callee(work, id, user, &[&actor.user, &caller], seconds);
    let added_at = Some(work.now);
    let parties = &mut work.open(id)?.parties;
    match known.map(|known| &mut parties[known]) {
        // What they did before stays known, and who has heard of the call goes on hearing of it.
        Some(again) => {
            again.stance = rung.stance;
            again.added_at = added_at;
            again.hidden &= rung.hidden;
            again.removed = false;
        }
        None => parties.push(PartyRecord { added_at, ..rung }),
    }
    Ok(Reply::Call)
}

/// While it rings the call is the caller's alone; then everybody who is in it may add people.
fn may_add(call: &CallRecord, place: usize) -> bool {
    let party = &call.parties[place];
    let is_in = party.seat().is_some();
    match (&call.phase, party.role) {
        (Phase::Ringing, PartyRole::Caller)
        | (Phase::Active { .. }, PartyRole::Caller | PartyRole::Callee) => is_in,
        (Phase::Ringing, PartyRole::Callee) | (Phase::Ended { .. }, _) => false,
    }
}

fn is_in(party: &PartyRecord) -> bool {
    match party.stance {
        Stance::Rung(_) | Stance::Accepted(_) => true,
        Stance::Declined { .. } | Stance::Busy { .. } | Stance::Left { .. } | Stance::Missed { .. } => false,
    }
}

fn too_many() -> FieldProblem {
    FieldProblem {
        field: "user_id".to_owned(),
        problem: format!("the call has had {} people, and cannot have more", MAX_CALLEES + 1),
    }
}
