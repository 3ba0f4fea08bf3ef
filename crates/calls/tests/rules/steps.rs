//! Things that happen at random.

use std::collections::BTreeSet;

use calls::Command;
use chrono::TimeDelta;
use proptest::prelude::*;
use signal_protocol::{CallKind, CallMedia, EarlyOffer, EndReason, MediaCause, ReportedMedia, SignalKind};

use crate::given::*;
use crate::world::World;

const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// One thing that happens. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Pass { millis: i64 },
    Invite { who: usize, callees: BTreeSet<usize>, p2p: bool, offer: bool },
    Accept { who: usize, call: usize },
    Decline { who: usize, call: usize, busy: bool },
    Cancel { who: usize, call: usize },
    Hangup { who: usize, call: usize },
    Ringing { who: usize, call: usize },
    Notified { who: usize, call: usize },
    Media { who: usize, call: usize, state: ReportedMedia },
    Add { who: usize, call: usize, whom: usize },
    Signal { who: usize, call: usize, kind: SignalKind, ahead: u32 },
    Answer { who: usize, call: usize },
    Tick { call: usize },
    Report { call: usize, millis_ago: i64, present: BTreeSet<usize>, deleted: bool },
    Remove { call: usize, whom: usize },
    End { call: usize },
    Connect { who: usize, seconds: i64 },
    Block { who: usize, whom: usize, on: bool },
    Disturb { who: usize, not: bool },
}

/// A device: its person is what remains by five.
fn device(number: usize) -> String {
    format!("{}/{}", PEOPLE[number % PEOPLE.len()], DEVICES[number / PEOPLE.len() % DEVICES.len()])
}

pub(crate) fn kind() -> impl Strategy<Value = SignalKind> {
    prop::sample::select(vec![
        SignalKind::Offer,
        SignalKind::Answer,
        SignalKind::Candidates,
        SignalKind::Candidates,
        SignalKind::Restart,
    ])
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
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
            .prop_map(|(who, callees, p2p, offer)| Step::Invite { who, callees, p2p, offer }),
        6 => (who(), call()).prop_map(|(who, call)| Step::Accept { who, call }),
        3 => (who(), call(), any::<bool>()).prop_map(|(who, call, busy)| Step::Decline { who, call, busy }),
        1 => (who(), call()).prop_map(|(who, call)| Step::Cancel { who, call }),
        3 => (who(), call()).prop_map(|(who, call)| Step::Hangup { who, call }),
        2 => (who(), call()).prop_map(|(who, call)| Step::Ringing { who, call }),
        2 => (who(), call()).prop_map(|(who, call)| Step::Notified { who, call }),
        2 => (who(), call(), states).prop_map(|(who, call, state)| Step::Media { who, call, state }),
        3 => (who(), call(), person()).prop_map(|(who, call, whom)| Step::Add { who, call, whom }),
        6 => (who(), call(), kind(), 0..4_u32)
            .prop_map(|(who, call, kind, ahead)| Step::Signal { who, call, kind, ahead }),
        3 => (who(), call()).prop_map(|(who, call)| Step::Answer { who, call }),
        2 => call().prop_map(|call| Step::Tick { call }),
        4 => (call(), prop_oneof![Just(0), 0..30_000_i64], people(0), prop::bool::weighted(0.1))
            .prop_map(|(call, millis_ago, present, deleted)| Step::Report { call, millis_ago, present, deleted }),
        1 => (call(), person()).prop_map(|(call, whom)| Step::Remove { call, whom }),
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

/// The command that the step is; anything else is done at once. `next` is the number of a call that is made.
pub(crate) fn command(world: &mut World, step: &Step, next: u32) -> Option<Command> {
    let call = |back: &usize| recent(world, *back);
    Some(match step {
        Step::Pass { millis } => {
            world.now += TimeDelta::milliseconds(*millis);
            return None;
        }
        Step::Invite { who, callees, p2p, offer } => {
            let callees: Vec<_> = callees.iter().map(|person| PEOPLE[*person]).collect();
            let mut request = request(if *p2p { CallMedia::P2p } else { CallMedia::Livekit }, &callees);
            request.kind = if *offer { CallKind::Audio } else { CallKind::Video };
            request.offer = (*p2p && *offer).then(|| EarlyOffer { sdp: "v=0".to_owned() });
            invite_with(next, &device(*who), request)
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
        // One earlier, the current one, the next, or one that nobody has heard of.
        Step::Signal { who, call: back, kind, ahead } => {
            let number = call(back);
            let current = world.all.calls.get(&call_id(number)).map_or(0, |call| call.generation);
            signal(number, &device(*who), *kind, (current + ahead).saturating_sub(1))
        }
        Step::Answer { who, call: back } => answer(call(back), &device(*who)),
        Step::Tick { call: back } => tick(call(back)),
        Step::Report { call: back, millis_ago, present, deleted: was_deleted } => {
            let present: Vec<_> = present.iter().map(|person| PEOPLE[*person]).collect();
            if *was_deleted {
                deleted(world, call(back), &present)
            } else {
                report(world, call(back), *millis_ago, &present)
            }
        }
        Step::Remove { call: back, whom } => remove(call(back), PEOPLE[*whom]),
        Step::End { call: back } => end(call(back), EndReason::RoomEnded),
        Step::Connect { who, seconds } => {
            *world = world.clone().present(&device(*who), *seconds);
            return None;
        }
        Step::Block { who, whom, on } => {
            let (since, whom) = (world.now, user(PEOPLE[*whom]));
            *world = world.clone().preferring(PEOPLE[*who], |own| {
                own.blocked.remove(&whom);
                own.blocked.extend(on.then_some((whom, since)));
            });
            return None;
        }
        Step::Disturb { who, not } => {
            *world = world.clone().preferring(PEOPLE[*who], |own| own.availability.do_not_disturb = *not);
            return None;
        }
    })
}

pub(crate) fn happen(world: &mut World, step: &Step) {
    let next = u32::try_from(world.all.calls.len()).unwrap() + 1;
    let Some(command) = command(world, step, next) else { return };
    let before = world.all.clone();
    let ticked = world.overdue(&command);
    if world.run(&command).is_err() && !ticked {
        assert!(world.all == before, "what is refused changes nothing: {command:?}");
    }
}
