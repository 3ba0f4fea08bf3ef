//! Who is told what of a change: one event for each person, the most telling one.

use std::mem::discriminant;

use signal_protocol::{Call, EventBody, StopReason, UserId};

use crate::command::Actor;
use crate::decision::{Devices, Notice};
use crate::record::{BusyBecause, CallRecord, PartyRecord, Stance};

/// The events of a change of a call's view, which has become `view`.
///
/// The acting person is told by the answer, and an event goes to their other devices only if these must stop ringing, or
/// would take the person to be in a call that they made or left with this one.
pub(crate) fn of_change(
    before: Option<&CallRecord>,
    after: &CallRecord,
    view: &Call,
    actor: Option<&Actor>,
) -> Vec<Notice> {
    let change = Change::between(before, after);
    let notice = |(place, party): (usize, &PartyRecord)| {
        if !party.is_told() {
            return None;
        }
        let was = before.and_then(|before| before.parties.get(place));
        let to = party.user_id.clone();
        if !after.is_live() {
            return Some(Notice { to, devices: Devices::All, body: EventBody::Ended { call: view.clone() } });
        }
        match actor.filter(|actor| actor.user == to) {
            Some(actor) => {
                let body = to_own_devices(before.is_none(), was, party, view)?;
                Some(Notice { to, devices: Devices::AllBut(actor.device.clone()), body })
            }
            None => Some(Notice { to, devices: Devices::All, body: change.to_other(was, party, view) }),
        }
    };
    after.parties.iter().enumerate().filter_map(notice).collect()
}

/// What the acting person's other devices are told.
fn to_own_devices(
    created: bool,
    was: Option<&PartyRecord>,
    is: &PartyRecord,
    view: &Call,
) -> Option<EventBody> {
    let updated = || Some(EventBody::Updated { call: view.clone() });
    let stopped = |reason| Some(EventBody::Stopped { call: view.clone(), reason });
    if created {
        return updated();
    }
    if !was.is_some_and(|was| discriminant(&was.stance) != discriminant(&is.stance)) {
        return None;
    }
    match &is.stance {
        Stance::Accepted(_) => stopped(StopReason::AnsweredElsewhere),
        Stance::Declined { .. } | Stance::Busy { because: BusyBecause::SaidSo, .. } => {
            stopped(StopReason::DeclinedElsewhere)
        }
        Stance::Busy { because: BusyBecause::Dialled, .. } => stopped(StopReason::DialledElsewhere),
        // The device that was in the call may be another than the one that hung up.
        Stance::Left { .. } => updated(),
        Stance::Rung(_)
        | Stance::Missed { .. }
        | Stance::Busy { because: BusyBecause::InAnotherCall | BusyBecause::DoNotDisturb, .. } => None,
    }
}

/// Who did what, as far as others are told of it by name.
#[derive(Default)]
struct Change {
    accepted: Vec<UserId>,
    declined: Vec<UserId>,
    said: Option<String>,
    busy: Vec<UserId>,
}

impl Change {
    /// Of a call that was made just now nothing is told by name: the call itself says it all.
    fn between(before: Option<&CallRecord>, after: &CallRecord) -> Self {
        let mut change = Self::default();
        let Some(before) = before else { return change };
        for (place, is) in after.parties.iter().enumerate() {
            let was = before.parties.get(place);
            if was.is_some_and(|was| discriminant(&was.stance) == discriminant(&is.stance)) {
                continue;
            }
            let user = is.user_id.clone();
            match &is.stance {
                Stance::Accepted(_) => change.accepted.push(user),
                Stance::Declined { reason, .. } => {
                    change.declined.push(user);
                    change.said.clone_from(reason);
                }
                Stance::Busy { .. } => change.busy.push(user),
                Stance::Rung(_) | Stance::Left { .. } | Stance::Missed { .. } => {}
            }
        }
        change
    }

    /// What somebody who did not act is told.
    fn to_other(&self, was: Option<&PartyRecord>, is: &PartyRecord, view: &Call) -> EventBody {
        let call = view.clone();
        let others = |users: &[UserId]| -> Vec<UserId> {
            users.iter().filter(|user| **user != is.user_id).cloned().collect()
        };
        let was_rung = was.is_some_and(|was| was.rung().is_some_and(|rung| !rung.silent));
        if is.rung().is_some() && !was_rung {
            return EventBody::Ringing { call };
        }
        if let Some(user_id) = others(&self.accepted).pop() {
            return EventBody::Accepted { call, user_id };
        }
        let (declined, busy) = (others(&self.declined), others(&self.busy));
        if !declined.is_empty() {
            return EventBody::Declined { call, user_ids: declined, reason: self.said.clone() };
        }
        if !busy.is_empty() {
            return EventBody::Busy { call, user_ids: busy };
        }
        EventBody::Updated { call }
    }
}
