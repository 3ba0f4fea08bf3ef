//! What must hold of every decision and after every commit.

use std::collections::BTreeSet;

use calls::{
    CallRecord, Command, Decision, Devices, Effect, HookKind, LegKind, Phase, SentSignals, SignalsRecord,
    Stance, UserRecord,
};
use signal_protocol::{Call, CallMedia, EventBody};

use crate::world::World;

/// Before the decision is applied.
pub(crate) fn of_decision(world: &World, command: &Command, decision: &Decision) {
    assert!(decision.not_after.is_none_or(|not_after| world.now <= not_after));
    for call in &decision.calls {
        let before = world.all.calls.get(&call.id);
        assert_ne!(before, Some(call), "what did not change is not written");
        assert!(before.is_none_or(CallRecord::is_live), "a call that is over stays as it is");
        of_version(world, before, call, decision);
        let json = serde_json::to_vec(call).unwrap();
        assert_eq!(serde_json::from_slice::<CallRecord>(&json).unwrap(), *call);
        let ends = !call.is_live();
        let history = decision.history.iter().filter(|(_, item)| item.call.id == call.id).count();
        let open = call.parties.iter().filter(|party| !party.hidden).count();
        assert_eq!(history, if ends { open } else { 0 }, "everybody remembers the end, and nothing else");
        let closes = decision.effects.contains(&Effect::CloseRoom { call: call.id });
        assert_eq!(closes, ends && before.is_some() && call.media == CallMedia::Livekit);
    }
    of_signals(world, command, decision);
    for (user, record) in &decision.users {
        let json = serde_json::to_vec(record).unwrap();
        assert_eq!(serde_json::from_slice::<UserRecord>(&json).unwrap(), *record);
        assert!(record.leg.is_none_or(|leg| decision.calls.iter().any(|call| call.id == leg.call)), "{user}");
    }
    if decision.is_empty() {
        assert!(decision.calls.is_empty(), "{}", command.name());
    }
}

/// Only the devices of the two parties hear signals, each of them only the other's.
fn of_signals(world: &World, command: &Command, decision: &Decision) {
    for call in &decision.calls {
        let before = world.all.calls.get(&call.id).map_or(0, |call| call.generation);
        assert!((before..=3).contains(&call.generation), "a generation is never taken back");
    }
    for notice in &decision.signals {
        let (actor, signal) = (command.actor().unwrap(), &notice.signal);
        let written = decision.calls.iter().find(|call| call.id == signal.call_id);
        let call = written.unwrap_or_else(|| &world.all.calls[&signal.call_id]);
        assert!(call.is_live() && call.media == CallMedia::P2p);
        assert!(signal.generation >= call.generation, "nothing stale is relayed");
        assert_eq!(signal.from, actor.user);
        assert_ne!(notice.to, signal.from);
        let from = call.party(&signal.from).unwrap();
        assert_eq!(from.seat().map(|seat| &seat.device), Some(&actor.device), "the one that is in the call");
        let to = call.party(&notice.to).unwrap();
        match &notice.devices {
            Devices::Only(device) => assert_eq!(to.seat().map(|seat| &seat.device), Some(device)),
            Devices::All => assert!(to.rung().is_some_and(|rung| !rung.silent)),
            Devices::AllBut(_) => panic!("{notice:?}"),
        }
    }
    for ((call, user), record) in &decision.sent {
        let before = world.all.sent.get(&(*call, user.clone())).map_or(0, |record| record.sent);
        assert!(record.is_empty() || record.sent == before + 1);
        let json = serde_json::to_vec(record).unwrap();
        assert_eq!(serde_json::from_slice::<SignalsRecord>(&json).unwrap(), *record);
        assert!(json.len() < 100 + 200 * record.current.len(), "however many they are");
        let told = decision.signals.iter().find(|notice| notice.signal.call_id == *call);
        let listed = record.current.last().and_then(|last| last.each().last()).map(|last| last.id);
        assert!(told.is_none_or(|notice| Some(notice.signal.signal_id) == listed), "under the same id");
    }
}

/// The version rises by one exactly when the view changes, and exactly then people are told, each of them once.
fn of_version(world: &World, before: Option<&CallRecord>, call: &CallRecord, decision: &Decision) {
    let notices: Vec<_> =
        decision.notices.iter().filter(|notice| notice.body.call().unwrap().id == call.id).collect();
    let people: BTreeSet<_> = notices.iter().map(|notice| &notice.to).collect();
    assert_eq!(people.len(), notices.len(), "one event for each person");
    assert!(notices.iter().all(|notice| *notice.body.call().unwrap() == call.view(world.now)));
    let old = before.map(|before| before.view(world.now));
    let was = old.as_ref().map_or(0, |old| old.version);
    let same = old.is_some_and(|old| Call { version: was, ..call.view(world.now) } == old);
    assert_eq!(call.version, if same { was } else { was + 1 });
    assert!(!same || notices.is_empty());
    for notice in notices {
        let ended = matches!(notice.body, EventBody::Ended { .. });
        assert_eq!(ended, !call.is_live());
        assert!(call.party(&notice.to).is_some(), "who has blocked the caller hears nothing");
    }
    let alerts = |kind| {
        decision.effects.iter().filter(move |effect| {
            matches!(effect, Effect::Hook(hook) if hook.kind == kind && hook.call.id == call.id)
        })
    };
    assert!(call.is_live() || alerts(HookKind::RingUnseen).next().is_none());
    assert!(!call.is_live() || alerts(HookKind::CallMissed).next().is_none());
}

/// After every commit.
pub(crate) fn of_world(world: &World) {
    for call in world.all.calls.values() {
        assert_eq!(call.is_live(), call.next_deadline().is_some(), "every live call waits for something");
        for party in &call.parties {
            let rung = party.rung().is_some();
            assert!(!rung || call.is_live(), "nobody is rung after the end");
            let seated = party.seat().is_some_and(|_| call.is_live());
            let record = world.all.users.get(&party.user_id);
            let leg = record.and_then(|record| record.leg).filter(|leg| leg.call == call.id);
            let silent = party.rung().is_some_and(|rung| rung.silent);
            let expected = match (seated, rung && !silent) {
                (true, _) => Some(LegKind::Engaged),
                (false, true) => Some(LegKind::Ringing),
                (false, false) => None,
            };
            assert_eq!(leg.map(|leg| leg.kind), expected, "legs and calls agree: {}", party.user_id);
            if !party.hidden && !silent {
                let known = world.known.get(&(party.user_id.clone(), call.id)).cloned();
                let view = Call { server_now: call.created_at, ..call.view(world.now) };
                assert_eq!(known.map(|known| Call { server_now: call.created_at, ..known }), Some(view));
            }
        }
        of_phase(call);
    }
    for (user, record) in &world.all.users {
        let call = record.live_call().map(|call| &world.all.calls[&call]);
        assert!(!record.is_stale(user, call) && call.is_some(), "no leg without its call");
    }
    for ((call, user), record) in &world.all.sent {
        let call = &world.all.calls[call];
        assert!(
            call.is_live() && call.media == CallMedia::P2p && call.refers_to().any(|other| other == user)
        );
        let listed: Vec<_> = record.current.iter().flat_map(SentSignals::each).map(|sent| sent.id).collect();
        assert!(record.sent <= 300 && listed.len() <= 300);
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len(), "no two have one id");
    }
    for (user, device, call) in &world.tones.0 {
        let party = world.all.calls[call].party(user);
        assert!(party.is_some_and(|party| party.rung().is_some()), "{user} {device} rings for nothing");
    }
}

/// The parties are what the phase says.
fn of_phase(call: &CallRecord) {
    let seated = call.parties.iter().filter(|party| party.seat().is_some()).count();
    let rings = call.parties.iter().any(|party| matches!(party.stance, Stance::Rung(_)));
    match call.phase {
        Phase::Ringing => assert!(seated == 1 && rings),
        Phase::Active { .. } => assert!(seated > 1 || (seated == 1 && rings)),
        Phase::Ended { .. } => {}
    }
}
