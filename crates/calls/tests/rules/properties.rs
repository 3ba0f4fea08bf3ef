//! Commands at random, over several people, devices and calls, at random times. What must hold after each is in `checks`;
//! here is what must hold of the whole.

use std::collections::BTreeSet;

use calls::{Command, Decision, Directory, Effect, Offline};
use chrono::TimeDelta;
use proptest::prelude::*;
use signal_protocol::{CallKind, CallMedia, EndReason, MediaCause, ReportedMedia};

use crate::checks;
use crate::given::*;
use crate::world::World;

const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// One thing that happens. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Pass { millis: i64 },
    Invite { who: usize, callees: BTreeSet<usize>, p2p: bool, audio: bool },
    Accept { who: usize, call: usize },
    Decline { who: usize, call: usize, busy: bool },
    Cancel { who: usize, call: usize },
    Hangup { who: usize, call: usize },
    Ringing { who: usize, call: usize },
    Notified { who: usize, call: usize },
    Media { who: usize, call: usize, state: ReportedMedia },
    Add { who: usize, call: usize, whom: usize },
    Tick { call: usize },
    Report { call: usize, millis_ago: i64, present: BTreeSet<usize> },
    End { call: usize },
    Connect { who: usize, seconds: i64 },
    Block { who: usize, whom: usize, on: bool },
    Disturb { who: usize, not: bool },
}

/// A device: its person is what remains by five.
fn device(number: usize) -> String {
    format!("{}/{}", PEOPLE[number % PEOPLE.len()], DEVICES[number / PEOPLE.len() % DEVICES.len()])
}

fn step() -> impl Strategy<Value = Step> {
    let (who, call, person) = (|| 0..10_usize, || 0..4_usize, || 0..5_usize);
    let people = move |least: usize| prop::collection::btree_set(person(), least..4);
    let states = prop::sample::select(vec![
        ReportedMedia::Connecting,
        ReportedMedia::Connected,
        ReportedMedia::Connected,
        ReportedMedia::Reconnecting,
        ReportedMedia::Failed,
    ]);
    let millis = prop_oneof![0..5_i64, Just(2_001), 0..10_000_i64, Just(20_001), Just(30_000), Just(30_001)];
    prop_oneof![
        6 => millis.prop_map(|millis| Step::Pass { millis }),
        6 => (who(), people(1), any::<bool>(), any::<bool>())
            .prop_map(|(who, callees, p2p, audio)| Step::Invite { who, callees, p2p, audio }),
        6 => (who(), call()).prop_map(|(who, call)| Step::Accept { who, call }),
        3 => (who(), call(), any::<bool>()).prop_map(|(who, call, busy)| Step::Decline { who, call, busy }),
        1 => (who(), call()).prop_map(|(who, call)| Step::Cancel { who, call }),
        3 => (who(), call()).prop_map(|(who, call)| Step::Hangup { who, call }),
        2 => (who(), call()).prop_map(|(who, call)| Step::Ringing { who, call }),
        2 => (who(), call()).prop_map(|(who, call)| Step::Notified { who, call }),
        2 => (who(), call(), states).prop_map(|(who, call, state)| Step::Media { who, call, state }),
        3 => (who(), call(), person()).prop_map(|(who, call, whom)| Step::Add { who, call, whom }),
        2 => call().prop_map(|call| Step::Tick { call }),
        2 => (call(), prop_oneof![Just(0), 0..30_000_i64], people(0))
            .prop_map(|(call, millis_ago, present)| Step::Report { call, millis_ago, present }),
        1 => call().prop_map(|call| Step::End { call }),
        3 => (who(), 0..60_i64).prop_map(|(who, seconds)| Step::Connect { who, seconds }),
        1 => (person(), person(), any::<bool>()).prop_map(|(who, whom, on)| Step::Block { who, whom, on }),
        1 => (person(), any::<bool>()).prop_map(|(who, not)| Step::Disturb { who, not }),
    ]
}

/// The latest call, the one before, and so on.
fn recent(world: &World, back: usize) -> u32 {
    u32::try_from(world.all.calls.len().saturating_sub(back).max(1)).unwrap()
}

fn happen(world: &mut World, step: &Step) {
    let call = |back: &usize| recent(world, *back);
    let command = match step {
        Step::Pass { millis } => return world.now += TimeDelta::milliseconds(*millis),
        Step::Invite { who, callees, p2p, audio } => {
            let callees: Vec<_> = callees.iter().map(|person| PEOPLE[*person]).collect();
            let mut request = request(if *p2p { CallMedia::P2p } else { CallMedia::Livekit }, &callees);
            request.kind = if *audio { CallKind::Audio } else { CallKind::Video };
            let number = u32::try_from(world.all.calls.len()).unwrap() + 1;
            invite_with(number, &device(*who), request)
        }
        Step::Accept { who, call: back } => accept(call(back), &device(*who)),
        Step::Decline { who, call: back, busy } => {
            decline(call(back), &device(*who), Some(if *busy { "busy" } else { "no" }))
        }
        Step::Cancel { who, call: back } => cancel(call(back), &device(*who)),
        Step::Hangup { who, call: back } => hangup(call(back), &device(*who)),
        Step::Ringing { who, call: back } => ringing(call(back), &device(*who)),
        Step::Notified { who, call: back } => notified(call(back), &device(*who)),
        Step::Media { who, call: back, state } => {
            let cause = (*state == ReportedMedia::Failed).then_some(MediaCause::Device);
            media(call(back), &device(*who), *state, cause)
        }
        Step::Add { who, call: back, whom } => add(call(back), &device(*who), PEOPLE[*whom]),
        Step::Tick { call: back } => tick(call(back)),
        Step::Report { call: back, millis_ago, present } => {
            let present: Vec<_> = present.iter().map(|person| PEOPLE[*person]).collect();
            report(world, call(back), *millis_ago, &present)
        }
        Step::End { call: back } => end(call(back), EndReason::RoomEnded),
        Step::Connect { who, seconds } => return *world = world.clone().present(&device(*who), *seconds),
        Step::Block { who, whom, on } => {
            let (since, whom) = (world.now, user(PEOPLE[*whom]));
            return *world = world.clone().preferring(PEOPLE[*who], |own| {
                own.blocked.remove(&whom);
                own.blocked.extend(on.then_some((whom, since)));
            });
        }
        Step::Disturb { who, not } => {
            return *world =
                world.clone().preferring(PEOPLE[*who], |own| own.availability.do_not_disturb = *not);
        }
    };
    let before = world.all.clone();
    let ticked = world.overdue(&command);
    if world.run(&command).is_err() && !ticked {
        assert!(world.all == before, "what is refused changes nothing: {command:?}");
    }
}

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
        let mut world = World::new().with(|rules| {
            rules.offline = offline;
            rules.directory = Directory::Realm;
        });
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
}
