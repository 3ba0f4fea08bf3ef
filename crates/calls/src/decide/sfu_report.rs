//! `call.sfu_report`: LiveKit was asked who is in the room of a call.
//!
//! Nothing of a LiveKit call ends for want of life or media but by this. A person is in the room with any of their
//! devices: which of them joined is between the client and LiveKit.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use signal_protocol::{CallId, CallMedia, DeviceId, EndReason, MediaState, UserId};

use crate::decide::tick::end_of_lease;
use crate::decision::Reference;
use crate::ending::{end, end_if_over};
use crate::record::{CallRecord, PartyRecord, Phase, Seat, Setup, Stance};
use crate::refused::Refused;
use crate::rules::Rules;
use crate::work::{Reply, Work};

/// What LiveKit said.
pub(crate) struct Report<'a> {
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) present: &'a BTreeSet<(UserId, DeviceId)>,
    pub(crate) room_deleted: bool,
}

pub(crate) fn sfu_report(work: &mut Work<'_>, id: CallId, report: &Report<'_>) -> Result<Reply, Refused> {
    let (now, rules, asked_at) = (work.now, work.rules, report.asked_at);
    let users: BTreeSet<&UserId> = report.present.iter().map(|(user, _)| user).collect();
    let call = work.open(id)?;
    match call.media {
        CallMedia::P2p => return Ok(Reply::Nothing),
        CallMedia::Livekit => judge_setup(call, &users, asked_at, now),
    }
    if call.is_live() {
        let has_met = matches!(call.phase, Phase::Active { setup: Setup::Done, .. });
        for party in &mut call.parties {
            let is_there = users.contains(&party.user_id);
            if let Stance::Accepted(seat) = &mut party.stance {
                if is_there {
                    see(seat, asked_at);
                } else {
                    miss(seat, has_met, asked_at, rules);
                }
            }
        }
        let is_empty = has_met && is_empty(call);
        if is_empty && (report.room_deleted || is_empty_for_long(call, asked_at, rules)) {
            let reason = if report.room_deleted { EndReason::RoomEnded } else { EndReason::Completed };
            end(call, now, reason);
        } else {
            judge_leases(work, id, &users, asked_at, is_empty)?;
        }
    }
    let call = work.open(id)?;
    let has_seat = |user: &UserId| call.party(user).is_some_and(|party| party.seat().is_some());
    let outsiders = users.into_iter().filter(|user| !has_seat(user)).cloned().collect();
    Ok(Reply::Reported { is_live: call.is_live(), outsiders })
}

/// Two who are in the room have met. If the time for that is over and nobody is rung who may still come, the call is.
fn judge_setup(
    call: &mut CallRecord,
    users: &BTreeSet<&UserId>,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    let rings = call.ring_deadlines().next().is_some();
    let met =
        call.parties.iter().filter(|party| party.seat().is_some() && users.contains(&party.user_id)).count()
            > 1;
    match call.phase {
        Phase::Active { since, setup: Setup::Pending { .. } } if met => {
            call.phase = Phase::Active { since, setup: Setup::Done };
        }
        Phase::Active { setup: Setup::Pending { until, .. }, .. } if until <= asked_at && !rings => {
            end(call, now, EndReason::ConnectionTimeout);
        }
        Phase::Ringing | Phase::Active { .. } | Phase::Ended { .. } => {}
    }
}

/// They were in the room when LiveKit was asked. That their media flow is what LiveKit says unless the device itself, which
/// knows better, says that it lost them.
fn see(seat: &mut Seat, asked_at: DateTime<Utc>) {
    if seat.missing_since.is_some_and(|since| asked_at < since) {
        return;
    }
    let was_missing = seat.missing_since.take().is_some();
    seat.seen_at = seat.seen_at.max(asked_at);
    seat.in_room = true;
    match seat.media {
        Some(MediaState::Reconnecting) if !was_missing => {}
        None | Some(MediaState::Connecting | MediaState::Connected | MediaState::Reconnecting) => {
            seat.media = Some(MediaState::Connected);
            seat.connected = true;
        }
    }
}

/// They were not in the room when LiveKit was asked: they have lost it, or left it without hanging up. Before the call has come
/// about, that somebody was never there yet says nothing.
fn miss(seat: &mut Seat, has_met: bool, asked_at: DateTime<Utc>, rules: &Rules) {
    let is_late = asked_at <= seat.seen_at;
    if is_late || seat.missing_since.is_some() || !(seat.in_room || has_met) {
        return;
    }
    seat.missing_since = Some(asked_at);
    seat.check_at = seat.check_at.min(asked_at + rules.empty);
    if seat.in_room {
        seat.media = Some(MediaState::Reconnecting);
    }
}

/// Whether nobody who is in the call is in its room.
fn is_empty(call: &CallRecord) -> bool {
    call.parties.iter().filter_map(PartyRecord::seat).all(|seat| seat.missing_since.is_some())
}

/// Whether it was so when LiveKit was asked before, and long enough ago that whoever lost the room could have come back.
fn is_empty_for_long(call: &CallRecord, asked_at: DateTime<Utc>, rules: &Rules) -> bool {
    let since = call.parties.iter().filter_map(|party| party.seat()?.missing_since).max();
    since.is_some_and(|since| since + rules.empty <= asked_at)
}

/// Who is neither in the room nor alive anywhere else has left. With the last of them the call has come to its end; while
/// others wait in the room, it has lost somebody.
fn judge_leases(
    work: &mut Work<'_>,
    id: CallId,
    users: &BTreeSet<&UserId>,
    asked_at: DateTime<Utc>,
    is_empty: bool,
) -> Result<(), Refused> {
    let (now, rules, snapshot) = (work.now, work.rules, work.snapshot);
    let call = work.open(id)?;
    let mut absent = Vec::new();
    for party in &mut call.parties {
        let Some(end_of_lease) = end_of_lease(party, snapshot, rules) else { continue };
        if users.contains(&party.user_id) {
            look_again(party, end_of_lease);
        } else if end_of_lease <= asked_at {
            absent.push(party.user_id.clone());
            party.leave(now);
        }
    }
    if !absent.is_empty() {
        let reason = if is_empty { EndReason::Completed } else { EndReason::ConnectionLost };
        end_if_over(call, now, reason);
    }
    for user in absent {
        work.rely_on(Reference::Presence(user));
    }
    Ok(())
}

/// No need to ask before the new end of the lease.
fn look_again(party: &mut PartyRecord, end_of_lease: DateTime<Utc>) {
    if let Stance::Accepted(seat) = &mut party.stance
        && seat.missing_since.is_none()
    {
        seat.check_at = end_of_lease;
    }
}
