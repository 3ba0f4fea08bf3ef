//! `call.invite`: make a call, or meet the callee's own.

use std::collections::BTreeMap;

use signal_protocol::{CallId, EarlyOffer, EndReason, InviteRequest, PartyRole, SignalKind, SignalPayload};

use crate::check::check_invite;
use crate::command::Actor;
use crate::decide::accept::take_seat;
use crate::ending::end_if_over;
use crate::legs;
use crate::record::{CallRecord, Extra, LegKind, PartyRecord, Phase, Schema, Stance};
use crate::refused::Refused;
use crate::relay::{Outgoing, relay};
use crate::ring::{self, is_connected};
use crate::rules::Directory;
use crate::work::{Reply, Work};

/// To which trace a call belongs.
pub(crate) struct Trace {
    pub(crate) traceparent: Option<String>,
    pub(crate) trace_id: String,
}

/// Glare is looked at before anything else: two people who call each other want one call, not two that are busy.
pub(crate) fn invite(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    request: &InviteRequest,
    trace: Trace,
) -> Result<Reply, Refused> {
    check_invite(request, &actor.user, work.rules).map_err(Refused::Invalid)?;
    match work.rules.directory {
        Directory::None if request.room_id.is_none() => {
            return Err(Refused::AccessDenied { user_ids: request.callees.clone() });
        }
        Directory::None | Directory::Realm => {}
    }
    let reachable = request.callees.iter().any(|callee| is_connected(work, callee));
    if is_repeated(work, id, actor)? {
        return Ok(Reply::Invited { reachable });
    }
    if let Some(earlier) = glare(work, actor, request)? {
        let place = work.live_place(earlier, actor)?;
        take_seat(work, earlier, place, actor, request.key.as_deref())?;
        return Ok(Reply::Glare(earlier));
    }
    legs::free_for(work, actor, id)?;

    let seconds = request.ring_seconds.unwrap_or(work.rules.ring_seconds);
    let mut parties = vec![caller(actor, request.key.as_deref(), work)];
    for callee in &request.callees {
        parties.push(ring::callee(work, id, callee, &[&actor.user], seconds));
    }
    let mut call = CallRecord {
        schema: Schema,
        id,
        version: 0,
        phase: Phase::Ringing,
        kind: request.kind,
        media: request.media,
        room_id: request.room_id.clone(),
        caller: actor.user.clone(),
        ring_seconds: seconds,
        generation: 0,
        parties,
        created_at: work.now,
        traceparent: trace.traceparent,
        trace_id: trace.trace_id,
        extra: Extra::new(),
    };
    // If nobody can be rung, the call is over as soon as it is made. The caller is in it, so the reason is the callees'.
    end_if_over(&mut call, work.now, EndReason::Error);
    let rings = call.is_live();
    work.add(call);
    if let Some(offer) = request.offer.as_ref().filter(|_| rings) {
        send(work, id, actor, offer)?;
    }
    Ok(Reply::Invited { reachable })
}

/// Relays the offer that came with the invite. There is one at most, so the id of the call serves as the signal's.
fn send(work: &mut Work<'_>, id: CallId, actor: &Actor, offer: &EarlyOffer) -> Result<(), Refused> {
    let payload = SignalPayload { sdp: Some(offer.sdp.clone()), ..SignalPayload::default() };
    let offer = Outgoing { id: id.into(), kind: SignalKind::Offer, generation: 0, payload: &payload };
    relay(work, id, &actor.user, &offer).map(drop)
}

/// Whether this very invite has made its call already: its answer was lost, and it is given again.
fn is_repeated(work: &mut Work<'_>, id: CallId, actor: &Actor) -> Result<bool, Refused> {
    if work.snapshot.calls.contains_key(&id) { work.place(id, actor).map(|_| true) } else { Ok(false) }
}

/// The callee's own call to the actor, if that is what rings here: between these two alone, by the same way, about the
/// same room. It may be of another kind: two people who call each other, one with and one without a camera, still want
/// one call, and the earlier invite says which kind it is. The later caller sees it in the answer.
fn glare(work: &mut Work<'_>, actor: &Actor, request: &InviteRequest) -> Result<Option<CallId>, Refused> {
    let [callee] = request.callees.as_slice() else { return Ok(None) };
    let Some(leg) = work.leg(&actor.user).filter(|leg| leg.kind == LegKind::Ringing) else {
        return Ok(None);
    };
    let earlier = work.open(leg.call)?;
    let meets = earlier.phase == Phase::Ringing
        && !earlier.is_group()
        && earlier.caller == *callee
        && earlier.media == request.media
        && earlier.room_id == request.room_id;
    Ok(meets.then_some(leg.call))
}

/// The caller is in the call from the start.
fn caller(actor: &Actor, key: Option<&str>, work: &Work<'_>) -> PartyRecord {
    let mut party = PartyRecord {
        user_id: actor.user.clone(),
        role: PartyRole::Caller,
        stance: Stance::Left { at: work.now },
        devices: BTreeMap::new(),
        responded: true,
        hidden: false,
        removed: false,
        added_at: None,
        entry: None,
        extra: Extra::new(),
    };
    party.accept(&actor.device, key, work.now, work.rules.lease);
    party
}
