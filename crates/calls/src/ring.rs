//! Whether somebody can be rung.

use chrono::{DateTime, TimeDelta, Utc};
use signal_protocol::{CallId, PartyRole, UserId};

use crate::decision::Reference;
use crate::record::{Attention, BusyBecause, Extra, PartyRecord, Rung, Stance};
use crate::rules::Offline;
use crate::work::Work;

/// A callee, rung by `by` (the caller, and who adds them) into `call` for `seconds`; or busy, or unreachable at once.
///
/// Somebody who blocked any of `by` is rung in silence, and the call looks to the others like one to anybody else: what
/// being offline means goes for them too, but neither being busy nor not wanting to be disturbed shows.
pub(crate) fn callee(
    work: &mut Work<'_>,
    call: CallId,
    user: &UserId,
    by: &[&UserId],
    seconds: u32,
) -> PartyRecord {
    work.rely_on(Reference::Preferences(user.clone()));
    let now = work.now;
    let preferences = work.snapshot.preferences.get(user);
    let blocked = preferences.is_some_and(|own| by.iter().any(|who| own.blocks(who)));
    let undisturbed = preferences.is_some_and(|own| own.is_undisturbed(now));
    // A call of theirs that is overdue still counts: the edge ends what is overdue before it asks.
    let elsewhere = work.leg(user).is_some_and(|leg| leg.call != call);
    let busy = |because| Stance::Busy { at: now, because };
    let stance = if undisturbed && !blocked {
        busy(BusyBecause::DoNotDisturb)
    } else if elsewhere && !blocked {
        busy(BusyBecause::InAnotherCall)
    } else {
        ring(work, user, now + TimeDelta::seconds(seconds.into()), blocked)
    };
    PartyRecord {
        user_id: user.clone(),
        role: PartyRole::Callee,
        stance,
        devices: std::collections::BTreeMap::new(),
        responded: false,
        removed: false,
        hidden: blocked,
        added_at: None,
        entry: None,
        extra: Extra::new(),
    }
}

/// Rings somebody who is free until `until`, if there is a device or one may come.
fn ring(work: &mut Work<'_>, user: &UserId, until: DateTime<Utc>, silent: bool) -> Stance {
    let now = work.now;
    let connected = is_connected(work, user);
    match work.rules.offline {
        Offline::End if !connected => {
            work.rely_on(Reference::Presence(user.clone()));
            return Stance::Missed { at: now, notified: false };
        }
        Offline::End | Offline::Ring => {}
    }
    let attention = if silent {
        Attention::Notified
    } else if connected {
        Attention::Awaited { until: now + work.rules.unseen }
    } else {
        Attention::Alerted { notified: false }
    };
    Stance::Rung(Rung { until, shown: false, attention, silent, extra: Extra::new() })
}

/// Whether any device of theirs is connected.
pub(crate) fn is_connected(work: &Work<'_>, user: &UserId) -> bool {
    work.presence(user).is_some_and(|presence| presence.is_connected(work.now))
}
