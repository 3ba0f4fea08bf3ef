//! `call.sfu_report`: LiveKit was asked who is in the room of a call.
//!
//! Nothing of a LiveKit call ends for want of life or media but by this. A person is in the room with any of their
//! devices: which of them joined is between the client and LiveKit.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use signal_protocol::{CallId, CallMedia, DeviceId, EndReason, UserId};

use crate::decide::tick::end_of_lease;
use crate::decision::Reference;
use crate::ending::{end, end_if_over};
use crate::record::{CallRecord, PartyRecord, Phase, Setup, Stance};
use crate::refused::Refused;
use crate::work::{Reply, Work};

pub(crate) fn sfu_report(
    work: &mut Work<'_>,
    id: CallId,
    asked_at: DateTime<Utc>,
    present: &BTreeSet<(UserId, DeviceId)>,
) -> Result<Reply, Refused> {
    let (now, rules, snapshot) = (work.now, work.rules, work.snapshot);
    let users: BTreeSet<&UserId> = present.iter().map(|(user, _)| user).collect();
    let call = work.open(id)?;
    match call.media {
        CallMedia::P2p => return Ok(Reply::Nothing),
        CallMedia::Livekit => judge_setup(call, &users, asked_at, now),
    }
    if !call.is_live() {
        return Ok(Reply::Nothing);
    }
    let mut absent = Vec::new();
    for party in &mut call.parties {
        let is_there = users.contains(&party.user_id);
        if is_there {
            see(party, asked_at);
        }
        let Some(end_of_lease) = end_of_lease(party, snapshot, rules) else { continue };
        if is_there {
            look_again(party, end_of_lease);
        } else if end_of_lease <= asked_at {
            absent.push(party.user_id.clone());
            party.leave(now);
        }
    }
    if !absent.is_empty() {
        end_if_over(call, now, EndReason::ConnectionLost);
    }
    for user in absent {
        work.rely_on(Reference::Presence(user));
    }
    Ok(Reply::Nothing)
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

/// The device was in the room when LiveKit was asked.
fn see(party: &mut PartyRecord, asked_at: DateTime<Utc>) {
    if let Stance::Accepted(seat) = &mut party.stance {
        seat.seen_at = seat.seen_at.max(asked_at);
    }
}

/// No need to ask before the new end of the lease.
fn look_again(party: &mut PartyRecord, end_of_lease: DateTime<Utc>) {
    if let Stance::Accepted(seat) = &mut party.stance {
        seat.check_at = end_of_lease;
    }
}
