//! Signals on their way: counted, listed for who starts anew, and addressed.

use std::collections::BTreeMap;
use std::io;

use signal_protocol::{CallId, DeviceId, Signal, SignalKind, SignalPayload, UserId};
use uuid::Uuid;

use crate::command::Actor;
use crate::decision::{Devices, Reference, SignalNotice};
use crate::record::{CallRecord, PartyRecord, SentSignal, SentSignals, SignalsRecord};
use crate::refused::Refused;
use crate::snapshot::Snapshot;
use crate::work::Work;

/// How many signals one party may send in a call.
const MAX_SIGNALS: u32 = 300;
/// How many bytes of JSON these may carry, all together. Ten times what a call of browsers with all its restarts needs, and
/// little enough for a device that starts from nothing to be told all of it in one answer.
const MAX_BYTES: u64 = 1_024 * 1_024;

/// What a command has relayed.
#[derive(Default)]
pub(crate) struct Relayed {
    pub(crate) sent: BTreeMap<(CallId, UserId), SignalsRecord>,
    pub(crate) notices: Vec<SignalNotice>,
    pub(crate) expire: Vec<Uuid>,
}

/// A signal that was found to be in order.
pub(crate) struct Outgoing<'a> {
    /// What it is called unless it continues others.
    pub(crate) id: Uuid,
    pub(crate) kind: SignalKind,
    pub(crate) generation: u32,
    pub(crate) payload: &'a SignalPayload,
}

/// Relays a signal of `from`, as the call stands now: to the device with which the other party is in it, or to every one
/// that rings. A party that rings in silence is sent nothing, which `from` cannot tell. Gives the id under which it goes.
pub(crate) fn relay(
    work: &mut Work<'_>,
    call_id: CallId,
    from: &UserId,
    outgoing: &Outgoing<'_>,
) -> Result<Uuid, Refused> {
    let snapshot = work.snapshot;
    let call = work.open(call_id)?;
    let current = call.generation;
    let mut peers = call.parties.iter().filter(|party| party.user_id != *from);
    let receiver = peers.find_map(|party| Some((party.user_id.clone(), devices(party)?)));
    let deadline = call.ring_deadlines().min();
    work.not_later_than(deadline);
    work.rely_on(Reference::Signals(call_id, from.clone()));

    let key = (call_id, from.clone());
    let mut record = snapshot.sent.get(&key).cloned().unwrap_or_default();
    let bytes = record.bytes.saturating_add(bytes_of(outgoing.payload));
    if record.sent >= MAX_SIGNALS || bytes > MAX_BYTES {
        return Err(Refused::TooManySignals);
    }
    (record.sent, record.bytes) = (record.sent + 1, bytes);
    record.current.retain(|sent| sent.generation >= current);
    let Outgoing { id, kind, generation, payload } = *outgoing;
    // Listed though nobody is sent it, or else its id would tell `from`.
    let to = receiver.as_ref().and_then(|(_, devices)| only(devices));
    let signal_id = record.list(id, kind, generation, to);
    if let Some((to, devices)) = receiver {
        if kind == SignalKind::Answer {
            work.relayed.expire.extend(answered(snapshot, call_id, &to, generation));
        }
        let payload = payload.clone();
        let signal = Signal { call_id, from: from.clone(), kind, generation, payload, signal_id };
        work.relayed.notices.push(SignalNotice { to, devices, signal });
    }
    work.relayed.sent.insert(key, record);
    Ok(signal_id)
}

/// How much of the store, and of each answer with it, a payload takes: as it is written there.
fn bytes_of(payload: &SignalPayload) -> u64 {
    struct Counted(u64);
    impl io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, payload).expect("a payload is JSON, and to count is always possible");
    counted.0
}

/// Where a party hears signals.
fn devices(party: &PartyRecord) -> Option<Devices> {
    match (party.seat(), party.rung()) {
        (Some(seat), _) => Some(Devices::Only(seat.device.clone())),
        (None, Some(_)) => party.is_told().then_some(Devices::All),
        (None, None) => None,
    }
}

fn only(devices: &Devices) -> Option<DeviceId> {
    match devices {
        Devices::Only(device) => Some(device.clone()),
        Devices::All | Devices::AllBut(_) => None,
    }
}

/// The signals of `user` that an answer of this generation answers.
fn answered(snapshot: &Snapshot, call: CallId, user: &UserId, generation: u32) -> impl Iterator<Item = Uuid> {
    let of_it = move |sent: &&SentSignals| sent.generation == generation;
    snapshot.sent_by(call, user).iter().filter(of_it).flat_map(SentSignals::each).map(|sent| sent.id)
}

impl Snapshot {
    fn sent_by(&self, call: CallId, user: &UserId) -> &[SentSignals] {
        self.sent.get(&(call, user.clone())).map(|record| record.current.as_slice()).unwrap_or_default()
    }

    /// What the actor's device is to know of the signals of a call when it starts from nothing: those of the current
    /// generation, and such as came before their offer, each with who sent it. What they carry may be gone already.
    pub fn waiting<'a>(
        &'a self,
        call: &'a CallRecord,
        actor: &'a Actor,
    ) -> impl Iterator<Item = (&'a UserId, SentSignal)> {
        let takes_part = call.is_live()
            && call.party(&actor.user).is_some_and(|party| match devices(party) {
                Some(Devices::Only(device)) => device == actor.device,
                Some(Devices::All | Devices::AllBut(_)) => true,
                None => false,
            });
        let others = call.refers_to().filter(move |user| takes_part && **user != actor.user);
        let sent = others.flat_map(|user| self.sent_by(call.id, user).iter().map(move |sent| (user, sent)));
        sent.filter(|(_, sent)| {
            sent.generation >= call.generation && sent.to.as_ref().is_none_or(|to| *to == actor.device)
        })
        .flat_map(|(user, sent)| sent.each().map(move |sent| (user, sent)))
    }
}
