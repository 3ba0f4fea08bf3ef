//! LiveKit calls end for want of life or media only when LiveKit itself has said so.

use chrono::TimeDelta;
use signal_protocol::CallMedia;

use crate::given::*;
use crate::world::World;

/// Alice and Bob talk through LiveKit; of their devices nothing is heard outside of it.
fn talking() -> World {
    World::new().after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"]))).after(accept(1, "bob"))
}

const ACTIVE: &str = "active: alice accepted, bob accepted | alice updated, bob updated";

#[test]
fn livekit_is_asked_and_asked_again_and_nothing_ends_meanwhile() {
    let world = check(talking().later(20_001), tick(1), "active: alice accepted, bob accepted |  | check");
    let next = world.call(1).next_deadline().unwrap();
    assert_eq!((next - world.now).num_seconds(), 5);
    let mut world = world;
    let mut questions = 0;
    while world.now < start() + TimeDelta::seconds(600) {
        world.now = world.call(1).next_deadline().unwrap() + TimeDelta::milliseconds(1);
        questions += world.run(&tick(1)).unwrap().effects.len();
        assert!(world.call(1).is_live());
    }
    assert!((5..15).contains(&questions), "the pauses grow, and not without end: {questions}");
}

#[test]
fn two_in_the_room_have_met() {
    let mut world = talking().later(20_001).after(tick(1));
    let report_both = report(&world, 1, 0, &["alice", "bob"]);
    world = check(world, report_both, ACTIVE);
    assert_eq!(world.call(1).next_deadline(), Some(world.now + TimeDelta::seconds(20)));
    let world = world.later(20_001).after(tick(1));
    let one = report(&world, 1, 0, &["alice"]);
    check(world, one, "ended connection_lost: alice accepted, bob left | alice ended, bob ended | close");
}

#[test]
fn who_never_came_is_a_connection_that_timed_out() {
    let world = talking().later(20_001).after(tick(1));
    for present in [vec![], vec!["alice"], vec!["bob", "mallory"]] {
        let told = "ended connection_timeout: alice accepted, bob accepted | alice ended, bob ended | close";
        check(world.clone(), report(&world, 1, 0, &present), told);
    }
}

#[test]
fn a_report_speaks_only_of_deadlines_before_its_question() {
    let world = talking().later(20_001).after(tick(1));
    check(world.clone(), report(&world, 1, 2, &[]), "unchanged");
    let at_deadline = report(&world, 1, 1, &[]);
    check(
        world,
        at_deadline,
        "ended connection_timeout: alice accepted, bob accepted | alice ended, bob ended | close",
    );
}

#[test]
fn who_accepted_after_the_question_is_not_judged_by_it() {
    let invite = invite(1, "alice", &["bob", "carol"]);
    let world = World::new().present("carol", 300).after(invite).after(accept(1, "bob"));
    let world = world.later(20_001).after(tick(1)).after(accept(1, "carol"));
    let nobody = report(&world, 1, 0, &[]);
    // Bob's and Alice's time is over, Carol's has just begun: she is alone.
    check(
        world,
        nobody,
        "ended connection_lost: alice left, bob left, carol accepted | alice ended, bob ended, carol ended | close",
    );
}

#[test]
fn a_group_in_which_somebody_still_rings_waits_for_them() {
    let mut world = World::new().present("alice", 300).present("bob", 300).after({
        let mut request = request(CallMedia::Livekit, &["bob", "carol"]);
        request.ring_seconds = Some(60);
        invite_with(1, "alice", request)
    });
    world = world.after(accept(1, "bob")).later(20_001).after(tick(1));
    let one = report(&world, 1, 0, &["alice"]);
    world = world.after(one);
    assert!(world.call(1).is_live());
    world = world.later(40_001).after(tick(1));
    let one = report(&world, 1, 0, &["alice"]);
    world = world.after(one);
    assert_eq!(world.call(1).view(world.now).reason.unwrap().as_str(), "connection_timeout");
}

#[test]
fn any_device_in_the_room_is_its_person() {
    let world = talking().later(20_001).after(tick(1));
    let others = report(&world, 1, 0, &["alice/laptop", "bob/laptop"]);
    check(world, others, ACTIVE);
}

#[test]
fn an_open_socket_is_life_enough() {
    let world = talking().present("alice", 100).present("bob", 100);
    let both = report(&world, 1, 0, &["alice", "bob"]);
    let world = world.after(both).later(119_000);
    check(world.clone(), tick(1), "unchanged");
    let one = report(&world, 1, 0, &["alice"]);
    check(world, one, ACTIVE);
}

#[test]
fn reports_of_other_calls_change_nothing() {
    let world = World::new().present("alice", 300).after(invite(1, "alice", &["bob"]));
    check(world.clone(), report(&world, 1, 0, &[]), "unchanged");
    let world = talking().after(hangup(1, "bob"));
    check(world.clone(), report(&world, 1, 0, &[]), "unchanged");
    check(world.clone(), report(&world, 2, 0, &[]), "call_not_found");
}

#[test]
fn a_call_that_was_busy_from_the_start_has_no_room_to_close() {
    let world = World::new().after(invite(1, "alice", &["bob"]));
    let call = invite_with(2, "carol", request(CallMedia::Livekit, &["bob"]));
    check(world, call, "ended busy: carol accepted, bob busy | carol ended, bob ended | missed(bob)");
}
