//! Commands at random, over several people, devices and calls, at random times. What must hold after each is in `checks`;
//! here is what must hold of the whole.

use std::collections::BTreeSet;

use calls::{Command, Decision, Effect, Offline, SignalsRecord};
use chrono::TimeDelta;
use proptest::prelude::*;
use signal_protocol::SignalKind;

use crate::checks;
use crate::given::*;
use crate::steps::{Step, command, happen, kind, step};
use crate::world::World;

/// Nobody does anything any more: every call ends by itself, LiveKit being asked and knowing of nobody.
fn run_out(world: &mut World) {
    for _ in 0..1_000 {
        let due = world.all.calls.values().filter_map(|call| Some((call.next_deadline()?, call.id))).min();
        let Some((at, call)) = due else { return };
        world.now = world.now.max(at + TimeDelta::milliseconds(1));
        let Decision { effects, .. } = world.run(&Command::Tick { call }).unwrap();
        if effects.contains(&Effect::CheckRoom { call }) {
            let asked_at = world.now;
            world
                .run(&Command::SfuReport { call, asked_at, present: BTreeSet::new(), room_deleted: false })
                .unwrap();
        }
    }
    panic!("a call does not end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_records_agree_and_every_call_ends_once(
        steps in prop::collection::vec(step(), 1..60),
        offline in prop::sample::select(vec![Offline::Ring, Offline::Ring, Offline::End]),
    ) {
        let mut world = World::new().with(|rules| rules.offline = offline);
        for step in &steps {
            happen(&mut world, step);
        }
        run_out(&mut world);
        checks::of_world(&world);
        prop_assert!(world.all.users.is_empty(), "nobody stays busy");
        prop_assert!(world.tones.0.is_empty(), "no device rings for ever");
        for call in world.all.calls.values() {
            prop_assert!(!call.is_live());
            for party in call.parties.iter().filter(|party| !party.hidden) {
                prop_assert!(world.history.contains_key(&(party.user_id.clone(), call.id)));
            }
        }
    }
    /// Whatever the devices of two people send, to whom it goes is in `checks`.
    #[test]
    fn whatever_two_people_send_it_stays_between_them_and_within_its_bounds(
        steps in prop::collection::vec((0..4_usize, kind(), 0..4_u32, any::<bool>()), 1..60),
        (blocked, answered, talkative) in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let mut world = World::new().present("alice", 300).present("bob", 300);
        let since = world.now;
        world = world.preferring("bob", |own| own.blocked.extend(blocked.then(|| (user("alice"), since))));
        world = world.after(invite(1, "alice", &["bob"]));
        if talkative {
            let spent = SignalsRecord { sent: 290, ..SignalsRecord::default() };
            world.all.sent.insert((call_id(1), user("alice")), spent);
        }
        if answered && !blocked {
            world = world.after(answer(1, "bob"));
        }
        for (who, kind, ahead, accepts) in steps {
            let who = ["alice", "bob", "alice/laptop", "bob/laptop"][who];
            let current = world.call(1).generation;
            let told = match kind {
                SignalKind::Answer if accepts => answer(1, who),
                kind => signal(1, who, kind, (current + ahead).saturating_sub(1)),
            };
            let before = world.all.clone();
            if world.run(&told).is_err() {
                prop_assert!(world.all == before, "what is refused changes nothing: {told:?}");
            }
        }
    }

    /// Two commands at once: the second is decided on what was read before the first was committed. If nothing that it
    /// relied on has changed, it is the decision that it would be now, so to commit it is right; else it is a conflict.
    #[test]
    fn what_a_decision_relied_on_is_all_that_it_depends_on(
        steps in prop::collection::vec(step(), 1..30),
        first in step(),
        second in step(),
    ) {
        let mut world = World::new();
        for step in &steps {
            happen(&mut world, step);
        }
        let next = u32::try_from(world.all.calls.len()).unwrap() + 2;
        let Some(second) = command(&mut world, &second, next) else { return Ok(()) };
        let Ok(early) = world.decide(&second) else { return Ok(()) };
        let mut later = world.clone();
        happen(&mut later, &first);
        // Time that passes and a sign of life may change a decision, to the better, and are not what this is about.
        let untouched = matches!(first, Step::Pass { .. } | Step::Connect { .. });
        if !untouched && early.relied_on.iter().all(|record| world.same(&later, record)) {
            // An answer need not know of a candidate that comes in the same instant: that one goes by itself.
            let but_what_expires = |decision: Decision| Decision { expire: Vec::new(), ..decision };
            let late = later.decide(&second).map(but_what_expires);
            prop_assert_eq!(late, Ok(but_what_expires(early)), "{:?} after {:?}", second, first);
        }
    }
}
