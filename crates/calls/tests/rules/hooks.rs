//! The push service of the application.

use crate::given::*;
use crate::world::World;

/// Bob has a device connected, which has not been notified yet.
fn present() -> World {
    World::new().present("alice", 300).present("bob", 300).after(invite(1, "alice", &["bob"]))
}

/// Bob has none.
fn absent() -> World {
    World::new().present("alice", 300).after(invite(1, "alice", &["bob"]))
}

#[test]
fn a_device_that_is_present_but_silent_for_two_seconds_is_not_waited_for() {
    check(present().later(2_000), tick(1), "unchanged");
    let world =
        check(present().later(2_001), tick(1), "ringing: alice accepted, bob invited |  | unseen(bob)");
    check(world.later(2_001), tick(1), "unchanged");
    check(present().after(notified(1, "bob")).later(2_001), tick(1), "unchanged");
    check(present().after(ringing(1, "bob")).later(2_001), tick(1), "unchanged");
}

#[test]
fn a_ring_that_was_told_is_told_to_be_over_whatever_came_of_it() {
    check(
        absent(),
        accept(1, "bob"),
        "active: alice accepted, bob accepted | alice accepted(bob), bob/!phone stops(answered) | over(bob)",
    );
    check(
        absent(),
        decline(1, "bob", None),
        "ended rejected: alice accepted, bob declined | alice ended, bob ended | over(bob)",
    );
    check(
        absent().after(notified(1, "bob")).later(30_001),
        tick(1),
        "ended no_answer: alice accepted, bob missed | alice ended, bob ended | over(bob), missed(bob)",
    );
    check(
        present(),
        accept(1, "bob"),
        "active: alice accepted, bob accepted | alice accepted(bob), bob/!phone stops(answered)",
    );
}

#[test]
fn a_missed_call_of_a_group_is_told_at_its_end() {
    let world = World::new().present("alice", 600).after(invite(1, "alice", &["bob", "carol"]));
    let world = world.after(accept(1, "bob"));
    let world = check(
        world.later(30_001),
        tick(1),
        "active: alice accepted, bob accepted, carol missed \
         | alice updated, bob updated, carol updated | over(carol), check",
    );
    check(
        world,
        hangup(1, "bob"),
        "ended completed: alice accepted, bob left, carol missed \
         | alice ended, bob ended, carol ended | missed(carol), close",
    );
}
