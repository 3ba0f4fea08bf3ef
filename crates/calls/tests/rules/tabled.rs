//! The table is what the rules do, in every situation that there is.

use std::collections::BTreeSet;

use calls::{Callee, Command, DeviceOf, Offline, Outcome, Refused, Size, Trigger, diagram, starts, table};
use chrono::TimeDelta;
use signal_protocol::{
    CallMedia, CallPhase, EndReason, MediaCause, PartyRole, PartyState, ReportedMedia, SignalKind,
};

use crate::given::*;
use crate::situations::Situation;
use crate::world::World;

const DEVICES: [DeviceOf; 2] = [DeviceOf::Same, DeviceOf::Another];

/// What a person or a neighbour of theirs may try at any time: here the table is complete.
const COMMANDS: [Trigger; 13] = [
    Trigger::Accept,
    Trigger::Decline,
    Trigger::Cancel,
    Trigger::Hangup,
    Trigger::Ringing,
    Trigger::Media,
    Trigger::MediaFailed,
    Trigger::Signal,
    Trigger::Answer,
    Trigger::Restart,
    Trigger::RestartedTooOften,
    Trigger::AddParty,
    Trigger::AddedAgain,
];

#[test]
fn every_situation_comes_to_what_the_table_says() {
    let (rows, mut used) = (table(), BTreeSet::new());
    for situation in Situation::all() {
        for trigger in Trigger::ALL {
            for device in DEVICES {
                let Situation { phase, size, role, state } = situation;
                let covering: Vec<_> = rows
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| row.covers(*trigger, phase, size, role, state, device))
                    .collect();
                assert!(covering.len() <= 1, "{situation:?} {trigger:?} {device:?}: {covering:?}");
                let Some((number, row)) = covering.first() else {
                    assert!(!COMMANDS.contains(trigger), "no row for {situation:?} {trigger:?} {device:?}");
                    continue;
                };
                used.insert(*number);
                assert_eq!(
                    outcome(situation, *trigger, device),
                    row.outcome,
                    "{situation:?} {trigger:?} {device:?}"
                );
            }
        }
    }
    let idle: Vec<_> =
        (0..rows.len()).filter(|number| !used.contains(number)).map(|number| rows[number]).collect();
    assert!(idle.is_empty(), "rows about nothing: {idle:?}");
}

#[test]
fn every_invite_begins_as_the_table_says() {
    let mut seen = 0;
    for start in starts() {
        for size in start.sizes {
            seen += 1;
            let mut world = World::new().present("carol", 300);
            world = match start.callee {
                Callee::Free => world.present("bob", 300),
                Callee::Busy => world.after(invite(9, "erin", &["bob"])),
                Callee::Offline => world.with(|rules| rules.offline = Offline::End),
            };
            let callees: &[&str] = match size {
                Size::OneToOne => &["bob"],
                Size::Group => &["bob", "carol"],
            };
            let decision =
                world.commit(&invite_with(1, "alice", request(CallMedia::Livekit, callees))).unwrap();
            assert_eq!(decision.calls.len(), 1);
            let call = world.call(1).view(world.now);
            let state = call.parties[1].state;
            let outcome =
                call.reason.map_or(Outcome::Moves(state, call.phase), |why| Outcome::Ends(state, why));
            assert_eq!(outcome, start.outcome, "{start:?} {size:?}");
        }
    }
    assert_eq!(seen, 6, "each callee in each size");
}

#[test]
fn the_diagrams_show_every_phase_state_and_reason() {
    let text = diagram();
    let mut words: Vec<_> = CallPhase::ALL.iter().map(|phase| phase.as_str()).collect();
    words.extend(PartyState::ALL.iter().map(|state| state.as_str()));
    for reason in EndReason::ALL {
        match reason {
            // These differ from `room_ended` in nothing but who asks.
            EndReason::ServerShutdown | EndReason::Error => {}
            EndReason::Completed
            | EndReason::Cancelled
            | EndReason::Rejected
            | EndReason::Busy
            | EndReason::NoAnswer
            | EndReason::Unreachable
            | EndReason::ConnectionTimeout
            | EndReason::ConnectionLost
            | EndReason::MediaFailed
            | EndReason::RoomEnded
            | EndReason::Removed => words.push(reason.as_str()),
        }
    }
    for word in words {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
    assert_eq!(text.matches("```mermaid").count(), 2);
    assert!(!text.contains("ended --> ringing") && !text.contains("ended --> active"));
}

/// What the rules make of it.
fn outcome(situation: Situation, trigger: Trigger, device: DeviceOf) -> Outcome {
    let is_pending = matches!(trigger, Trigger::NoMedia | Trigger::NoAnswer);
    let mut world = situation.world(media_of(trigger, situation.size), is_pending);
    let command = command(situation, trigger, device, &mut world);
    let before = world.all.clone();
    let decision = match world.commit(&command) {
        Err(refused) => {
            assert!(world.all == before, "what is refused changes nothing");
            assert!(!matches!(refused, Refused::Invalid(_) | Refused::CallNotFound), "{refused}");
            return Outcome::Refused(refused.code());
        }
        Ok(decision) => decision,
    };
    if decision.is_empty() {
        return Outcome::Unchanged;
    }
    let call = world.call(1).view(world.now);
    let who = user(situation.who());
    let state = call.parties.iter().find(|party| party.user_id == who).unwrap().state;
    match call.reason {
        Some(reason) => Outcome::Ends(state, reason),
        None if (state, call.phase) != (situation.state, situation.phase) => {
            Outcome::Moves(state, call.phase)
        }
        None if !decision.signals.is_empty() => Outcome::Relayed,
        None => Outcome::Recorded,
    }
}

/// Signals, and what is waited for because of them, are of two who are connected peer-to-peer; a group never is.
fn media_of(trigger: Trigger, size: Size) -> CallMedia {
    match trigger {
        Trigger::Signal
        | Trigger::Answer
        | Trigger::Restart
        | Trigger::RestartedTooOften
        | Trigger::NoAnswer => match size {
            Size::OneToOne => CallMedia::P2p,
            Size::Group => CallMedia::Livekit,
        },
        Trigger::Accept
        | Trigger::Decline
        | Trigger::Cancel
        | Trigger::Hangup
        | Trigger::Ringing
        | Trigger::Media
        | Trigger::MediaFailed
        | Trigger::AddParty
        | Trigger::AddedAgain
        | Trigger::Dials
        | Trigger::Deadline
        | Trigger::LeaseLost
        | Trigger::NoMedia
        | Trigger::Removed
        | Trigger::EndedFromOutside
        | Trigger::RoomLeft
        | Trigger::RoomDeleted => CallMedia::Livekit,
    }
}

/// The command that is the trigger, and the time at which it comes.
fn command(situation: Situation, trigger: Trigger, device: DeviceOf, world: &mut World) -> Command {
    let name = situation.who();
    let who = match device {
        DeviceOf::Same => format!("{name}/phone"),
        DeviceOf::Another => format!("{name}/laptop"),
    };
    let mut pass = |seconds| world.now += TimeDelta::seconds(seconds);
    match trigger {
        Trigger::Accept => accept(1, &who),
        Trigger::Decline => decline(1, &who, None),
        Trigger::Cancel => cancel(1, &who),
        Trigger::Hangup => hangup(1, &who),
        Trigger::Ringing => ringing(1, &who),
        Trigger::Media => media(1, &who, ReportedMedia::Connected, None),
        Trigger::MediaFailed => media(1, &who, ReportedMedia::Failed, Some(MediaCause::Device)),
        Trigger::Signal => signal(1, &who, SignalKind::Candidates, 0),
        Trigger::Answer => answer(1, &who),
        Trigger::Restart => signal(1, &who, SignalKind::Restart, 1),
        Trigger::RestartedTooOften => {
            world.all.calls.get_mut(&call_id(1)).unwrap().generation = 3;
            signal(1, &who, SignalKind::Restart, 4)
        }
        Trigger::AddParty => add(1, &who, "zoe"),
        Trigger::AddedAgain => {
            // While it rings only the caller may; in an active call somebody else who is in it.
            let adds_oneself = situation.phase == CallPhase::Ringing || situation.role == PartyRole::Callee;
            add(1, if adds_oneself { "alice" } else { "bob" }, name)
        }
        Trigger::Dials => invite(2, &who, &["zoe"]),
        Trigger::Deadline => {
            world.now += TimeDelta::milliseconds(30_001);
            tick(1)
        }
        Trigger::LeaseLost => {
            pass(20);
            let others: Vec<_> =
                ["alice", "bob", "carol"].into_iter().filter(|other| *other != name).collect();
            report(world, 1, 0, &others)
        }
        Trigger::NoMedia => {
            pass(20);
            report(world, 1, 0, &[])
        }
        Trigger::NoAnswer => {
            world.now += TimeDelta::milliseconds(20_001);
            *world = world.clone().present("alice", 60).present("bob", 60);
            tick(1)
        }
        Trigger::Removed => remove(1, name),
        Trigger::EndedFromOutside => end(1, EndReason::RoomEnded),
        Trigger::RoomLeft => {
            *world = world.clone().present("alice", 60).present("bob", 60).present("carol", 60);
            world.now += TimeDelta::seconds(1);
            let nobody = report(world, 1, 0, &[]);
            *world = world.clone().after(nobody);
            world.now += TimeDelta::seconds(20);
            report(world, 1, 0, &[])
        }
        Trigger::RoomDeleted => {
            world.now += TimeDelta::seconds(1);
            deleted(world, 1, &[])
        }
    }
}
