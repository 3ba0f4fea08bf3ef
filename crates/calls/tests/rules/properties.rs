//! Commands at random, over several people, devices and calls, at random times. What must hold after each is in `checks`;
//! here is what must hold of the whole.

use std::collections::BTreeSet;

use calls::{Command, Decision, Effect, Offline};
use chrono::TimeDelta;
use proptest::prelude::*;

use crate::checks;
use crate::steps::{Step, command, happen, step};
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
            world.run(&Command::SfuReport { call, asked_at, present: BTreeSet::new() }).unwrap();
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
            prop_assert_eq!(later.decide(&second), Ok(early), "{:?} after {:?}", second, first);
        }
    }
}
