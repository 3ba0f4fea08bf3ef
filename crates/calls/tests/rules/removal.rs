//! Whoever is taken out of a call by a moderator, beyond what the table says.

use signal_protocol::CallMedia;

use crate::given::*;
use crate::world::World;

fn talking() -> World {
    let world = World::new().present("bob", 300).present("carol", 300);
    let world = world.after(invite(1, "alice", &["bob", "carol"]));
    world.after(accept(1, "bob")).after(accept(1, "carol"))
}

#[test]
fn one_who_is_taken_out_of_a_group_hears_it_and_the_others_go_on() {
    let world = check(
        talking(),
        remove(1, "carol"),
        "active: alice accepted, bob accepted, carol left | alice updated, bob updated, carol updated",
    );
    // They do not come back by themselves, only if somebody adds them again.
    let world = check(world, accept(1, "carol"), "not_allowed_in_phase");
    let world = world.after(add(1, "bob", "carol"));
    let world = world.after(accept(1, "carol"));
    let world = world.after(hangup(1, "carol"));
    check(
        world,
        accept(1, "carol"),
        "active: alice accepted, bob accepted, carol accepted | alice accepted(carol), bob accepted(carol), carol/!phone stops(answered)",
    );
}

#[test]
fn who_had_left_before_cannot_come_back_either() {
    let world = talking().after(hangup(1, "carol"));
    let world = world.after(remove(1, "carol"));
    check(world, accept(1, "carol"), "not_allowed_in_phase");
}

#[test]
fn the_last_but_one_who_is_taken_out_ends_the_call_removed() {
    let world = talking().after(hangup(1, "carol"));
    check(
        world,
        remove(1, "bob"),
        "ended removed: alice accepted, bob left, carol left | alice ended, bob ended, carol ended | close",
    );
}

#[test]
fn a_group_that_rings_nobody_any_more_ends_removed_whatever_others_said_before() {
    let world = World::new().present("bob", 300).present("carol", 300);
    let world = world.after(invite(1, "alice", &["bob", "carol"])).after(decline(1, "bob", None));
    check(
        world,
        remove(1, "carol"),
        "ended removed: alice accepted, bob declined, carol missed | alice ended, bob ended, carol ended | missed(carol), close",
    );
}

#[test]
fn who_is_no_party_or_keeps_hidden_cannot_be_taken_out() {
    check(talking(), remove(1, "mallory"), "participant_not_found");
    check(talking(), remove(2, "alice"), "call_not_found");
    let since = start();
    let world = World::new().preferring("bob", |own| own.blocked.extend([(user("alice"), since)]));
    let world = world.after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"])));
    check(world, remove(1, "bob"), "participant_not_found");
}
