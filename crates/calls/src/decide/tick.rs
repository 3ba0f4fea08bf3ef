//! `call.tick`: time has passed.
//!
//! Every deadline of a call is here: the ring of each party, the patience before `ring.unseen`, the media that must come
//! about, and the lease of each device in the call. They happen in the order in which they were due, so that a call whose
//! timers were all late ends for the same reason as one whose timers were punctual.

use chrono::{DateTime, TimeDelta, Utc};
use signal_protocol::{CallId, CallMedia, EndReason, UserId};

use crate::ending::{end, end_if_over};
use crate::record::{Attention, CallRecord, Due, PartyRecord, Phase, Setup, Stance};
use crate::refused::Refused;
use crate::rules::Rules;
use crate::snapshot::Snapshot;
use crate::work::{Reply, Work};

/// The longest pause between two questions to LiveKit about the same call.
const MAX_RECHECK: TimeDelta = TimeDelta::seconds(60);

/// What the passing of time asks for besides.
#[derive(Default)]
pub(crate) struct Passed {
    /// LiveKit must be asked who is in the room.
    pub(crate) check_room: bool,
    /// Whose lack of presence decided.
    pub(crate) absent: Vec<UserId>,
}

pub(crate) fn tick(work: &mut Work<'_>, id: CallId) -> Result<Reply, Refused> {
    // Opening a call lets its time pass.
    work.open(id).map(|_| Reply::Nothing)
}

/// Does everything that was due before `now`. What is due at `now` is not: exactly at a deadline is in time.
pub(crate) fn pass_time(
    call: &mut CallRecord,
    snapshot: &Snapshot,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Passed {
    let mut passed = Passed::default();
    // Each turn ends its timer, or moves it to `now` or later, or to the end of a lease that stays as it is: they end.
    while let Some(timer) = call.timers().filter(|timer| timer.at < now).min() {
        match timer.due {
            Due::Ring(place) => {
                call.parties[place].miss(now);
                end_if_over(call, now, EndReason::Completed);
            }
            Due::Unseen(place) => alert(&mut call.parties[place]),
            Due::Setup => setup_is_due(call, rules, now, &mut passed),
            Due::Lease(place) => lease_is_due(call, place, snapshot, rules, now, &mut passed),
        }
    }
    passed
}

/// Asks the push service for help with a ring that no device knows of.
fn alert(party: &mut PartyRecord) {
    if let Stance::Rung(rung) = &mut party.stance {
        rung.attention = Attention::Alerted { notified: rung.notified() };
    }
}

/// The media have not come about in time, as far as is known here. LiveKit knows better.
fn setup_is_due(call: &mut CallRecord, rules: &Rules, now: DateTime<Utc>, passed: &mut Passed) {
    match (&mut call.phase, call.media) {
        (Phase::Active { setup: Setup::Pending { until, check_at }, .. }, CallMedia::Livekit) => {
            *check_at = ask_again(*until, rules, now);
            passed.check_room = true;
        }
        (Phase::Active { .. }, CallMedia::P2p) => end(call, now, EndReason::ConnectionTimeout),
        (Phase::Active { setup: Setup::Done, .. }, CallMedia::Livekit)
        | (Phase::Ringing | Phase::Ended { .. }, CallMedia::Livekit | CallMedia::P2p) => {}
    }
}

/// The device of the party at `place` may be gone: its presence says so, or LiveKit must be asked.
fn lease_is_due(
    call: &mut CallRecord,
    place: usize,
    snapshot: &Snapshot,
    rules: &Rules,
    now: DateTime<Utc>,
    passed: &mut Passed,
) {
    let Some(end_of_lease) = end_of_lease(&call.parties[place], snapshot, rules) else { return };
    let party = &mut call.parties[place];
    match (&mut party.stance, call.media) {
        // Alive when it was to be looked at. If that was long ago, the lease may be over by now, and that comes next.
        (Stance::Accepted(seat), media) if seat.check_at < end_of_lease => {
            match (media, seat.missing_since) {
                // Alive somewhere and not in the room: whether they came back, or everybody is gone, is for LiveKit to say.
                (CallMedia::Livekit, Some(since)) => {
                    let next = ask_again(since, rules, now);
                    seat.check_at = if now <= end_of_lease { next.min(end_of_lease) } else { next };
                    passed.check_room = true;
                }
                (CallMedia::Livekit, None) | (CallMedia::P2p, _) => seat.check_at = end_of_lease,
            }
        }
        (Stance::Accepted(seat), CallMedia::Livekit) => {
            seat.check_at = ask_again(end_of_lease, rules, now);
            passed.check_room = true;
        }
        (Stance::Accepted(_), CallMedia::P2p) => {
            passed.absent.push(party.user_id.clone());
            party.leave(now);
            end_if_over(call, now, EndReason::ConnectionLost);
        }
        (
            Stance::Rung(_)
            | Stance::Declined { .. }
            | Stance::Busy { .. }
            | Stance::Left { .. }
            | Stance::Missed { .. },
            CallMedia::Livekit | CallMedia::P2p,
        ) => {}
    }
}

/// Until when a device in the call is taken to be there, by its last sign of life wherever that was seen.
pub(crate) fn end_of_lease(party: &PartyRecord, snapshot: &Snapshot, rules: &Rules) -> Option<DateTime<Utc>> {
    let seat = party.seat()?;
    let connected = snapshot.presence.get(&party.user_id).and_then(|presence| presence.until(&seat.device));
    Some(connected.into_iter().chain([seat.seen_at]).max()? + rules.lease)
}

/// When to ask LiveKit again about what was due at `since`: the pauses double, for while it cannot be asked nothing ends.
fn ask_again(since: DateTime<Utc>, rules: &Rules, now: DateTime<Utc>) -> DateTime<Utc> {
    now + (now - since).min(MAX_RECHECK).max(rules.recheck)
}
