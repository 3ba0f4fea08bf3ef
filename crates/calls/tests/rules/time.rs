//! Deadlines and leases, peer-to-peer.

use calls::{Offline, Reference};
use chrono::TimeDelta;
use signal_protocol::ReportedMedia;

use crate::answers::{active, rung};
use crate::given::*;
use crate::world::World;

/// Both are connected, for long or not, and an answer is relayed.
fn talking(alice_seconds: i64, bob_seconds: i64) -> World {
    World::new()
        .present("alice", alice_seconds)
        .present("bob", bob_seconds)
        .after(invite(1, "alice", &["bob"]))
        .after(answer(1, "bob"))
}

#[test]
fn accepting_at_the_deadline_is_in_time_and_one_millisecond_later_is_not() {
    let world = rung().present("alice", 300);
    let deadline = world.now + TimeDelta::seconds(30);
    let mut in_time = world.clone().later(30_000);
    let decision = in_time.run(&accept(1, "bob")).unwrap();
    assert_eq!(decision.not_after, Some(deadline), "it may not land after the deadline either");
    let mut late = world.later(30_001);
    let refused = late.run(&accept(1, "bob")).unwrap_err();
    assert_eq!(refused.extensions()["call"]["reason"], "unreachable");
    assert_eq!(refused.extensions()["call"]["version"], 2);
}

#[test]
fn even_without_a_tick_nobody_acts_on_a_ring_that_is_over() {
    let mut late = rung().later(30_001);
    let refused = late.commit(&accept(1, "bob")).unwrap_err();
    assert_eq!(
        (refused.code().as_str(), &refused.extensions()["call"]["version"]),
        ("call_ended", &2.into())
    );
    assert_eq!(late.commit(&decline(1, "bob", None)).unwrap_err().code().as_str(), "call_ended");
    // Who is rung by a call that is over is no callee of it any more, and free to call back.
    let told = late.commit(&invite(2, "bob", &["alice"])).unwrap();
    assert!(told.calls.iter().any(|call| call.id == call_id(2) && call.is_live()));
}

#[test]
fn an_unanswered_call_ends_by_whether_anybody_knew_of_it() {
    let late = |world: World| world.present("alice", 300).later(30_001);
    let told =
        |reason| format!("ended {reason}: alice accepted, bob missed | alice ended, bob ended | missed(bob)");
    check(late(rung().after(notified(1, "bob"))), tick(1), &told("no_answer"));
    check(late(rung().after(ringing(1, "bob"))), tick(1), &told("no_answer"));
    check(late(rung()), tick(1), &told("unreachable"));
}

#[test]
fn nothing_happens_twice_or_early() {
    let world = rung().after(notified(1, "bob")).present("alice", 300);
    check(world.clone().later(30_000), tick(1), "ringing: alice accepted, bob invited");
    let world = world.later(30_001).after(tick(1));
    assert_eq!(world.call(1).next_deadline(), None);
    check(world, tick(1), "unchanged");
    check(World::new(), tick(1), "call_not_found");
}

#[test]
fn a_device_that_is_gone_is_noticed_after_its_lease() {
    // Bob's phone was last heard of 10 s into the call, so its lease ends at 30 s.
    let world = talking(300, 10);
    check(world.clone().later(30_000), tick(1), "active: alice accepted, bob accepted");
    check(
        world.later(30_001),
        tick(1),
        "ended connection_lost: alice accepted, bob left | alice ended, bob ended",
    );
}

#[test]
fn to_end_for_want_of_life_relies_on_there_being_none() {
    let relies = |mut world: World| {
        let relied_on = world.commit(&tick(1)).unwrap().relied_on;
        relied_on.contains(&Reference::Presence(user("bob")))
    };
    assert!(relies(talking(300, 10).later(30_001)));
    // A lease that is merely renewed does not, or the very sign of life would be in its way.
    assert!(!relies(talking(300, 10).later(30_000)));
    let mut world = World::new().with(|rules| rules.offline = Offline::End);
    let ended = world.run(&invite(1, "alice", &["bob"])).unwrap();
    assert!(ended.relied_on.contains(&Reference::Presence(user("bob"))));
}

#[test]
fn a_device_that_comes_back_in_time_stays() {
    let world = talking(300, 10).later(29_000).present("bob", 10);
    let world = check(world.later(10_000), tick(1), "active: alice accepted, bob accepted");
    assert_eq!(world.call(1).next_deadline(), Some(start() + TimeDelta::seconds(59)));
}

#[test]
fn another_device_of_the_same_person_keeps_nobody_in_the_call() {
    let world = talking(300, 0).present("bob/laptop", 300).later(20_001);
    check(world, tick(1), "ended connection_lost: alice accepted, bob left | alice ended, bob ended");
}

#[test]
fn a_caller_who_is_gone_rings_nobody() {
    let world =
        World::new().present("bob", 300).after(invite(1, "alice", &["bob"])).after(notified(1, "bob"));
    check(
        world.later(20_001),
        tick(1),
        "ended connection_lost: alice left, bob missed | alice ended, bob ended | missed(bob)",
    );
}

#[test]
fn timers_that_are_all_late_end_the_call_for_the_first_of_them() {
    // The caller was gone after 20 s, the ring was over after 30 s, and nobody looked for ten minutes.
    let gone =
        World::new().present("bob", 300).after(invite(1, "alice", &["bob"])).later(600_000).after(tick(1));
    assert_eq!(gone.call(1).view(gone.now).reason.unwrap().as_str(), "connection_lost");
    let there =
        World::new().present("alice", 30).after(invite(1, "alice", &["bob"])).later(600_000).after(tick(1));
    assert_eq!(there.call(1).view(there.now).reason.unwrap().as_str(), "unreachable");
}

#[test]
fn both_sides_are_connected_within_a_minute_or_it_is_over() {
    let connected = |who| media(1, who, ReportedMedia::Connected, None);
    let told = "ended connection_timeout: alice accepted, bob accepted | alice ended, bob ended";
    check(talking(300, 300).after(connected("alice")).later(60_001), tick(1), told);
    let world = talking(300, 300).after(connected("alice")).after(connected("bob")).later(60_001);
    check(world, tick(1), "active: alice accepted, bob accepted");
}

#[test]
fn an_end_from_outside_is_one_end() {
    use signal_protocol::EndReason::{Removed, ServerShutdown};
    let world = check(
        active(),
        end(1, Removed),
        "ended removed: alice accepted, bob accepted | alice ended, bob ended",
    );
    check(world, end(1, ServerShutdown), "unchanged");
}
