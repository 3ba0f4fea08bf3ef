//! What a decision writes.

use call_state_api::outbox::{self, HookEffect, News, RingNews, SfuEffect, SfuTask};
use calls::{Decision, Devices, Effect, Hook, Notice, SignalNotice, Snapshot};
use clock::{DateTime, Utc};
use mailbox::{Addressed, Happening, SignalHead};
use signal_protocol::{CallDetail, CallId, Detail, EventBody};
use store::{Commit, Key, Write};
use uuid::{Builder, Uuid};

use super::Hooks;
use crate::records;

/// Everything that `decision` writes, in one commit: the calls with their timers, the legs, the events, the effects, the
/// history, and the records of calls that end. What it must rest on is the caller's to add.
pub(super) fn of(
    decision: &Decision,
    details: &[CallDetail],
    before: &Snapshot,
    now: DateTime<Utc>,
    hooks: Hooks,
) -> Commit {
    let calls = decision.calls.iter().flat_map(records::put_call);
    let users = decision.users.iter().map(|(user, record)| records::put_user(user, record));
    let sent = decision.sent.iter().map(|((call, user), record)| records::put_sent(*call, user, record));
    let events = told(&decision.notices, now);
    let signals = decision.signals.iter().flat_map(|notice| relay(notice, now));
    let expire = decision.expire.iter().copied().map(records::expire_signal);
    let effects = decision.effects.iter().filter_map(|effect| match effect {
        Effect::CloseRoom { call } => Some(in_sfu(*call, SfuTask::Close, decision, before, now)),
        Effect::CheckRoom { call } => Some(in_sfu(*call, SfuTask::Check, decision, before, now)),
        Effect::Hook(hook) => hooks.rings.then(|| tell(hook, decision, before, now)),
    });
    let history = decision.history.iter().map(|(user, item)| records::append_history(user, item));
    let details = details.iter().filter(|_| hooks.records);
    let details = details.map(|detail| record(detail, decision, before, now));
    Commit {
        expect: Vec::new(),
        not_after: decision.not_after,
        writes: calls
            .chain(users)
            .chain(sent)
            .chain(events)
            .chain(signals)
            .chain(expire)
            .chain(effects)
            .chain(history)
            .chain(details)
            .collect(),
        durable: false,
    }
}

/// The events. Most of one change are alike, and are written down once.
fn told(notices: &[Notice], now: DateTime<Utc>) -> Vec<Write> {
    let mut last: Option<(&EventBody, Happening)> = None;
    let mut writes = Vec::with_capacity(notices.len());
    for notice in notices {
        let body = &notice.body;
        let happening = match last.take() {
            Some((same, happening)) if same == body => happening,
            Some(_) | None => Happening::of(body),
        };
        let (_, happening) = last.insert((body, happening));
        writes.push(append(notice, now, happening));
    }
    writes
}

fn append(notice: &Notice, now: DateTime<Utc>, happening: &Happening) -> Write {
    mailbox::append_happening(&notice.to, &addressed(&notice.devices), new_id(), now, happening)
}

/// What a signal carries, in a record of its own, and the entry that is read with it.
fn relay(notice: &SignalNotice, now: DateTime<Utc>) -> [Write; 2] {
    let SignalNotice { to, devices, signal } = notice;
    let head = SignalHead {
        call_id: signal.call_id,
        from: signal.from.clone(),
        kind: signal.kind,
        generation: signal.generation,
        signal_id: signal.signal_id,
    };
    let payload = records::signal_key(signal.signal_id);
    let entry = mailbox::append_signal(to, &addressed(devices), now, &head, payload);
    [records::put_signal(signal.signal_id, &signal.payload), entry]
}

fn addressed(devices: &Devices) -> Addressed {
    match devices {
        Devices::All => Addressed::All,
        Devices::Only(device) => Addressed::Only(device.clone()),
        Devices::AllBut(device) => Addressed::AllBut(device.clone()),
    }
}

fn in_sfu(call: CallId, what: SfuTask, decision: &Decision, before: &Snapshot, now: DateTime<Utc>) -> Write {
    let traceparent = traceparent(call, decision, before);
    let effect = SfuEffect { id: new_id(), call_id: call, room: call.room(), what, at: now, traceparent };
    Write::Enqueue { queue: queue(outbox::SFU_QUEUE), entry: records::json(&effect) }
}

fn tell(hook: &Hook, decision: &Decision, before: &Snapshot, now: DateTime<Utc>) -> Write {
    let effect = HookEffect {
        id: new_id(),
        news: News::Ring(RingNews {
            kind: match hook.kind {
                calls::HookKind::RingUnseen => outbox::HookKind::RingUnseen,
                calls::HookKind::RingOver => outbox::HookKind::RingOver,
                calls::HookKind::CallMissed => outbox::HookKind::CallMissed,
            },
            user_id: hook.user_id.clone(),
            call: hook.call.clone(),
        }),
        at: now,
        attempt: 0,
        traceparent: traceparent(hook.call.id, decision, before),
    };
    Write::Enqueue { queue: queue(outbox::HOOK_QUEUE), entry: records::json(&effect) }
}

fn record(detail: &CallDetail, decision: &Decision, before: &Snapshot, now: DateTime<Utc>) -> Write {
    let traceparent = traceparent(detail.call_id, decision, before);
    let effect = HookEffect::of_record(Detail::Call(detail.clone()), now, traceparent);
    Write::Enqueue { queue: queue(outbox::HOOK_QUEUE), entry: records::json(&effect) }
}

/// The trace in which the call was made.
fn traceparent(call: CallId, decision: &Decision, before: &Snapshot) -> Option<String> {
    let record = decision.calls.iter().find(|record| record.id == call).or_else(|| before.calls.get(&call));
    record.and_then(|record| record.traceparent.clone())
}

fn queue(name: &'static str) -> Key {
    Key::parse(name).expect("the names of the queues are keys")
}

/// An id that tells doubles apart. It is no secret, so it need not ask the system for chance each time.
#[must_use]
pub fn new_id() -> Uuid {
    Builder::from_random_bytes(rand::random()).into_uuid()
}
