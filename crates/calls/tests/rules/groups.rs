//! More than two.

use signal_protocol::{CallMedia, MediaCause, ReportedMedia};

use crate::given::*;
use crate::world::World;

/// Alice calls Bob and Carol, who are there.
fn rung() -> World {
    World::new().present("bob", 300).present("carol", 300).after(invite(1, "alice", &["bob", "carol"]))
}

/// Alice and Bob talk, Carol is still being rung.
fn half() -> World {
    rung().after(accept(1, "bob"))
}

fn full() -> World {
    half().after(accept(1, "carol"))
}

#[test]
fn the_first_accept_makes_it_active_and_the_others_ring_on() {
    let world = check(
        rung(),
        accept(1, "bob"),
        "active: alice accepted, bob accepted, carol invited \
         | alice accepted(bob), bob/!phone stops(answered), carol accepted(bob)",
    );
    check(
        world,
        accept(1, "carol"),
        "active: alice accepted, bob accepted, carol accepted \
         | alice accepted(carol), bob accepted(carol), carol/!phone stops(answered)",
    );
}

#[test]
fn decline_ends_one_ring_alone_and_once() {
    let world = check(
        rung(),
        decline(1, "bob", Some("later")),
        "ringing: alice accepted, bob declined, carol invited \
         | alice declined(bob: later), bob/!phone stops(declined), carol declined(bob: later)",
    );
    let world = check(world, decline(1, "bob", None), "unchanged");
    let world = check(world, accept(1, "bob"), "not_allowed_in_phase");
    check(
        world,
        decline(1, "carol", None),
        "ended rejected: alice accepted, bob declined, carol declined \
         | alice ended, bob ended, carol ended | close",
    );
}

#[test]
fn saying_busy_is_told_as_busy() {
    check(
        rung(),
        decline(1, "bob", Some("busy")),
        "ringing: alice accepted, bob busy, carol invited | alice busy(bob), bob/!phone stops(declined), carol busy(bob)",
    );
}

#[test]
fn a_mixed_group_ends_with_the_first_reason_that_applies() {
    let mixed = |world: World| world.later(30_001).after(tick(1));
    let reason = |world: &World| world.call(1).view(world.now).reason.unwrap().as_str();
    assert_eq!(reason(&mixed(rung())), "unreachable");
    assert_eq!(reason(&mixed(rung().after(notified(1, "carol")))), "no_answer");
    assert_eq!(
        reason(&mixed(rung().after(decline(1, "bob", Some("busy"))).after(notified(1, "carol")))),
        "busy"
    );
    assert_eq!(reason(&mixed(rung().after(decline(1, "bob", None)).after(notified(1, "carol")))), "rejected");
    let both = rung().after(decline(1, "bob", Some("busy"))).after(decline(1, "carol", None));
    assert_eq!(reason(&both), "rejected");
}

#[test]
fn it_ends_when_one_is_left_and_nobody_rings() {
    let world = check(
        full(),
        hangup(1, "alice"),
        "active: alice left, bob accepted, carol accepted | alice/!phone updated, bob updated, carol updated",
    );
    check(
        world,
        hangup(1, "bob"),
        "ended completed: alice left, bob left, carol accepted | alice ended, bob ended, carol ended | close",
    );
    let alone = half().after(hangup(1, "alice"));
    check(
        alone.clone(),
        decline(1, "carol", None),
        "ended completed: alice left, bob accepted, carol declined | alice ended, bob ended, carol ended | close",
    );
    check(
        alone,
        hangup(1, "bob"),
        "ended completed: alice left, bob left, carol missed \
         | alice ended, bob ended, carol ended | missed(carol), close",
    );
}

#[test]
fn who_left_may_come_back_with_another_device() {
    let world = full().after(hangup(1, "bob"));
    let world = check(
        world,
        accept(1, "bob/laptop"),
        "active: alice accepted, bob accepted, carol accepted \
         | alice accepted(bob), bob/!laptop stops(answered), carol accepted(bob)",
    );
    assert_eq!(world.call(1).party(&user("bob")).unwrap().view().device, Some(actor("bob/laptop").device));
    check(
        full().after(hangup(1, "alice")),
        accept(1, "alice"),
        "active: alice accepted, bob accepted, carol accepted \
         | alice/!phone stops(answered), bob accepted(alice), carol accepted(alice)",
    );
}

#[test]
fn who_left_for_another_call_must_end_it_first_and_drops_a_ring() {
    let left = full().after(hangup(1, "bob"));
    check(left.clone().after(invite(2, "bob", &["dave"])), accept(1, "bob"), "already_in_call");
    check(
        left.after(invite(2, "dave", &["bob"])),
        accept(1, "bob"),
        "active: alice accepted, bob accepted, carol accepted; ended busy: dave accepted, bob busy \
         | alice accepted(bob), bob/!phone stops(answered), carol accepted(bob), dave ended, bob ended | missed(bob)",
    );
}

#[test]
fn the_caller_adds_while_it_rings_and_everybody_in_it_later() {
    let told = "ringing: alice accepted, bob invited, carol invited, dave invited \
                | bob updated, carol updated, dave rings | unseen(dave)";
    check(rung(), add(1, "alice", "dave"), told);
    check(rung(), add(1, "bob", "dave"), "not_allowed_in_phase");
    check(rung(), add(1, "alice", "bob"), "already_in_call");
    check(half(), add(1, "carol", "dave"), "not_allowed_in_phase");
    check(
        half(),
        add(1, "bob", "dave"),
        "active: alice accepted, bob accepted, carol invited, dave invited \
         | alice updated, carol updated, dave rings | unseen(dave)",
    );
    check(half(), add(1, "bob", "bob"), "already_in_call");
}

#[test]
fn a_call_of_two_grows_only_through_livekit() {
    let invite = invite_with(1, "alice", request(CallMedia::Livekit, &["bob"]));
    let world = World::new().present("bob", 300).present("carol", 300).after(invite).after(accept(1, "bob"));
    check(
        world,
        add(1, "bob", "carol"),
        "active: alice accepted, bob accepted, carol invited | alice updated, carol rings",
    );
}

#[test]
fn who_is_added_and_busy_is_busy_for_those_in_it() {
    check(
        half().after(invite(2, "dave", &["erin"])),
        add(1, "alice", "dave"),
        "active: alice accepted, bob accepted, carol invited, dave busy | bob busy(dave), carol busy(dave), dave updated",
    );
}

#[test]
fn added_again_rings_for_as_long_as_at_first() {
    let world = full().later(100_000).after(hangup(1, "bob"));
    let world = check(
        world.present("bob", 300),
        add(1, "alice", "bob"),
        "active: alice accepted, bob invited, carol accepted | bob rings, carol updated",
    );
    let expires_at = world.call(1).view(world.now).expires_at.unwrap();
    assert_eq!((expires_at - world.now).num_seconds(), 30);
    // Who was in it has not missed it.
    let world = check(
        world.later(30_001),
        tick(1),
        "active: alice accepted, bob missed, carol accepted | alice updated, bob updated, carol updated",
    );
    let world = world.after(hangup(1, "alice"));
    assert!(!world.history[&(user("bob"), call_id(1))].missed);
}

#[test]
fn added_again_in_vain_by_somebody_blocked_rings_nobody() {
    let world = full().after(hangup(1, "bob"));
    let since = world.now;
    let world = world.preferring("bob", |own| _ = own.blocked.insert(user("alice"), since));
    let world = check(
        world,
        add(1, "carol", "bob"),
        "active: alice accepted, bob invited, carol accepted | alice updated",
    );
    // They have heard of the call before, so they remember it.
    let world = world.after(hangup(1, "alice"));
    let world = world.after(hangup(1, "carol"));
    assert!(world.history.contains_key(&(user("bob"), call_id(1))));
}

#[test]
fn there_are_never_more_than_fifty() {
    let names: Vec<_> = (0..49).map(|number| format!("user-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    check(World::new().after(invite(1, "alice", &names)), add(1, "alice", "zoe"), "invalid_field");
}

#[test]
fn one_whose_media_fail_leaves_a_group() {
    check(
        full(),
        media(1, "bob", ReportedMedia::Failed, Some(MediaCause::Device)),
        "active: alice accepted, bob left, carol accepted | alice updated, bob/!phone updated, carol updated",
    );
}
