//! Making a call: busy, glare, dialling while being rung, blocks, do-not-disturb, nobody there.

use calls::{Answer, Directory, Offline, Reference, Refused};
use chrono::TimeDelta;
use signal_protocol::{CallKind, CallMedia, RoomId};

use crate::given::*;
use crate::world::World;

fn both_connected() -> World {
    World::new().present("alice", 300).present("bob", 300).present("carol", 300)
}

#[test]
fn an_invite_rings_every_device_of_the_callee() {
    let world = check(
        both_connected(),
        invite(1, "alice", &["bob"]),
        "ringing: alice accepted, bob invited | alice/!phone updated, bob rings",
    );
    let call = world.call(1).view(world.now);
    assert_eq!(call.expires_at, Some(world.now + TimeDelta::seconds(30)));
    assert_eq!((call.version, call.sfu_room), (1, None));
}

#[test]
fn who_is_called_and_not_there_rings_on_and_the_push_service_is_told() {
    let mut world = World::new();
    let decision = world.run(&invite(1, "alice", &["bob"])).unwrap();
    assert!(
        matches!(&decision.answer, Answer::Invited { answer, created: true } if answer.reachable == Some(false))
    );
    check(
        World::new(),
        invite(1, "alice", &["bob"]),
        "ringing: alice accepted, bob invited | alice/!phone updated, bob rings | unseen(bob)",
    );
    check(
        World::new().with(|rules| rules.offline = Offline::End),
        invite(1, "alice", &["bob"]),
        "ended unreachable: alice accepted, bob missed | alice ended, bob ended | missed(bob)",
    );
}

#[test]
fn a_callee_with_a_call_or_a_ring_is_busy() {
    let told = "ended busy: carol accepted, bob busy | carol ended, bob ended | missed(bob)";
    let rung = both_connected().after(invite(1, "alice", &["bob"]));
    check(rung.clone(), invite(2, "carol", &["bob"]), told);
    check(rung.clone().after(accept(1, "bob")), invite(2, "carol", &["bob"]), told);
    // And free again the moment it is over.
    check(
        rung.after(decline(1, "bob", None)),
        invite(2, "carol", &["bob"]),
        "ringing: carol accepted, bob invited | carol/!phone updated, bob rings",
    );
}

#[test]
fn to_call_somebody_busy_relies_on_their_being_it() {
    let mut world = both_connected().after(invite(1, "alice", &["bob"]));
    let decision = world.run(&invite(2, "carol", &["bob"])).unwrap();
    assert!(!decision.users.contains_key(&user("bob")), "nothing is written of them");
    assert!(decision.relied_on.contains(&Reference::User(user("bob"))));
}

#[test]
fn a_caller_with_a_call_of_their_own_is_told_which() {
    let mut world = both_connected().after(invite(1, "alice", &["bob"]));
    let refused = world.run(&invite(2, "alice/laptop", &["carol"])).unwrap_err();
    assert_eq!(refused, Refused::AlreadyInCall { call_id: call_id(1) });
    assert_eq!(refused.extensions()["call_id"], call_id(1).to_string());
    check(world.after(accept(1, "bob")), invite(2, "bob", &["carol"]), "already_in_call");
}

#[test]
fn two_who_call_each_other_are_in_one_call() {
    let mut world = both_connected().after(invite(1, "alice", &["bob"]));
    let told = "active: alice accepted, bob accepted | alice accepted(bob), bob/!laptop stops(answered)";
    check(world.clone(), invite(2, "bob/laptop", &["alice"]), told);
    let decision = world.run(&invite(2, "bob/laptop", &["alice"])).unwrap();
    let Answer::Invited { answer, created: false } = decision.answer else { panic!("{:?}", decision.answer) };
    assert!(answer.glare && answer.call.id == call_id(1) && answer.reachable.is_none());
}

#[test]
fn glare_may_be_of_another_kind_and_the_earlier_call_says_which() {
    let world = both_connected().after(invite(1, "alice", &["bob"]));
    let mut audio = request(CallMedia::P2p, &["alice"]);
    audio.kind = CallKind::Audio;
    let world = world.after(invite_with(2, "bob", audio));
    assert_eq!(world.call(1).kind, CallKind::Video);
    assert_eq!(world.all.calls.len(), 1);
}

#[test]
fn calls_by_another_way_or_about_another_room_do_not_meet() {
    let world = both_connected().after(invite(1, "alice", &["bob"]));
    let told = "ended busy: alice accepted, bob busy; ringing: bob accepted, alice invited \
                | alice ended, bob ended, bob/!phone updated, alice rings";
    let livekit = request(CallMedia::Livekit, &["alice"]);
    check(world.clone(), invite_with(2, "bob", livekit), &format!("{told} | missed(bob)"));
    let mut room = request(CallMedia::P2p, &["alice"]);
    room.room_id = Some(RoomId::parse("standup").unwrap());
    check(world, invite_with(2, "bob", room), &format!("{told} | missed(bob)"));
}

#[test]
fn calls_of_more_than_two_do_not_meet() {
    let group = both_connected().after(invite(1, "alice", &["bob", "carol"]));
    let told = "ringing: alice accepted, bob busy, carol invited; ended busy: bob accepted, alice busy \
                | alice busy(bob), bob/!phone stops(dialled), carol busy(bob), bob ended, alice ended | missed(alice)";
    check(group, invite_with(2, "bob", request(CallMedia::Livekit, &["alice"])), told);
}

#[test]
fn a_device_is_connected_to_the_last_millisecond_of_its_lease() {
    let reachable = |later| {
        let mut world = World::new().present("bob", 10).later(later);
        match world.run(&invite(1, "alice", &["bob"])).unwrap().answer {
            Answer::Invited { answer, .. } => answer.reachable,
            Answer::Call(_) | Answer::Signal(_) | Answer::Reported { .. } | Answer::Nothing => None,
        }
    };
    assert_eq!((reachable(10_000), reachable(10_001)), (Some(true), Some(false)));
}

#[test]
fn dialling_while_being_rung_makes_that_ring_busy() {
    let world = both_connected().after(invite(1, "alice", &["bob"]));
    check(
        world,
        invite(2, "bob", &["carol"]),
        "ended busy: alice accepted, bob busy; ringing: bob accepted, carol invited \
         | alice ended, bob ended, bob/!phone updated, carol rings | missed(bob)",
    );
    let group = both_connected().after(invite(1, "alice", &["bob", "dave"]));
    check(
        group,
        invite(2, "bob", &["carol"]),
        "ringing: alice accepted, bob busy, dave invited; ringing: bob accepted, carol invited \
         | alice busy(bob), bob/!phone stops(dialled), dave busy(bob), bob/!phone updated, carol rings",
    );
}

#[test]
fn who_has_blocked_the_caller_never_hears_of_it() {
    let blocking = |world: World| {
        let since = world.now;
        world.preferring("bob", |own| _ = own.blocked.insert(user("alice"), since))
    };
    let ring = "ringing: alice accepted, bob invited | alice/!phone updated";
    let world = check(blocking(both_connected()), invite(1, "alice", &["bob"]), ring);
    assert!(!world.all.users.contains_key(&user("bob")), "it makes nobody busy");
    assert_eq!(world.call(1).party(&user("bob")), None);
    check(world.clone(), accept(1, "bob"), "call_not_found");
    check(
        world.clone(),
        invite(2, "carol", &["bob"]),
        "ringing: carol accepted, bob invited | carol/!phone updated, bob rings",
    );
    let world =
        check(world.later(30_001), tick(1), "ended no_answer: alice accepted, bob missed | alice ended");
    assert!(!world.history.contains_key(&(user("bob"), call_id(1))));
    // Neither being busy nor not wanting to be disturbed shows.
    let world = both_connected().after(invite(2, "carol", &["bob"]));
    let world = world.preferring("bob", |own| own.availability.do_not_disturb = true);
    check(blocking(world), invite(1, "alice", &["bob"]), ring);
}

#[test]
fn who_does_not_want_to_be_disturbed_is_busy_until_then() {
    let world = both_connected();
    let until = world.now + TimeDelta::seconds(60);
    let world = world.preferring("bob", |own| {
        own.availability.do_not_disturb = true;
        own.availability.until = Some(until);
    });
    let busy = "ended busy: alice accepted, bob busy | alice ended, bob ended | missed(bob)";
    check(world.clone().later(59_999), invite(1, "alice", &["bob"]), busy);
    check(
        world.later(60_000),
        invite(1, "alice", &["bob"]),
        "ringing: alice accepted, bob invited | alice/!phone updated, bob rings",
    );
}

#[test]
fn without_a_directory_calls_are_made_in_rooms() {
    let mut world = both_connected().with(|rules| rules.directory = Directory::None);
    let refused = world.run(&invite(1, "alice", &["bob"])).unwrap_err();
    assert_eq!(refused.extensions()["user_ids"], serde_json::json!(["bob"]));
    let mut room = request(CallMedia::P2p, &["bob"]);
    room.room_id = Some(RoomId::parse("standup").unwrap());
    assert!(world.run(&invite_with(1, "alice", room)).is_ok());
}

#[test]
fn an_invite_whose_answer_was_lost_is_answered_again() {
    let world = both_connected().after(invite(1, "alice", &["bob"]));
    check(world, invite(1, "alice", &["bob"]), "unchanged");
}
