//! Between two people: answers, endings, devices.

use calls::DeviceState;
use signal_protocol::{MediaCause, ReportedMedia};

use crate::given::*;
use crate::world::World;

/// Alice calls Bob, who has two devices connected.
pub(crate) fn rung() -> World {
    World::new().present("bob", 300).present("bob/laptop", 300).after(invite(1, "alice", &["bob"]))
}

pub(crate) fn active() -> World {
    rung().after(accept(1, "bob"))
}

#[test]
fn the_first_accept_wins_and_the_other_devices_stop() {
    let world = check(
        rung().after(ringing(1, "bob/laptop")),
        accept(1, "bob"),
        "active: alice accepted, bob accepted | alice accepted(bob), bob/!phone stops(answered)",
    );
    let devices = &world.call(1).party(&user("bob")).unwrap().devices;
    let states: Vec<_> = devices.values().map(|device| device.state).collect();
    assert_eq!(states, [DeviceState::Stopped, DeviceState::Accepted]);
    let world = check(world, accept(1, "bob/laptop"), "call_already_answered");
    check(world, accept(1, "bob"), "unchanged");
}

#[test]
fn a_decline_ends_the_call_for_all_devices() {
    let told = "ended rejected: alice accepted, bob declined | alice ended, bob ended";
    let world = check(rung(), decline(1, "bob", Some("in a meeting")), told);
    check(world, accept(1, "bob/laptop"), "call_ended");
    check(rung(), hangup(1, "bob"), told);
}

#[test]
fn a_decline_because_of_being_busy_is_busy_and_nobody_missed_anything() {
    let told = "ended busy: alice accepted, bob busy | alice ended, bob ended";
    let world = check(rung(), decline(1, "bob", Some("busy")), told);
    assert!(!world.history[&(user("bob"), call_id(1))].missed);
}

#[test]
fn cancel_and_hangup_of_the_caller_are_the_same_while_it_rings() {
    let told = "ended cancelled: alice left, bob missed | alice ended, bob ended | missed(bob)";
    let world = check(rung(), cancel(1, "alice/laptop"), told);
    assert!(world.history[&(user("bob"), call_id(1))].missed);
    assert!(!world.history[&(user("alice"), call_id(1))].missed);
    let world = check(rung(), hangup(1, "alice"), told);
    let world = check(world, hangup(1, "alice"), "unchanged");
    check(world, cancel(1, "alice"), "call_ended");
}

#[test]
fn either_side_ends_an_active_call_with_any_device() {
    check(
        active(),
        hangup(1, "bob/laptop"),
        "ended completed: alice accepted, bob left | alice ended, bob ended",
    );
    check(active(), hangup(1, "alice"), "ended completed: alice left, bob accepted | alice ended, bob ended");
    check(active(), cancel(1, "alice"), "not_allowed_in_phase");
    check(active(), decline(1, "bob", None), "not_allowed_in_phase");
}

#[test]
fn the_wrong_role_is_refused_and_a_stranger_finds_no_call() {
    check(rung(), accept(1, "alice"), "not_allowed_in_phase");
    check(rung(), cancel(1, "bob"), "not_allowed_in_phase");
    check(rung(), decline(1, "alice", None), "not_allowed_in_phase");
    check(rung(), ringing(1, "alice"), "not_allowed_in_phase");
    check(rung(), add(1, "alice", "carol"), "wrong_media");
    for command in [accept(1, "carol"), hangup(1, "carol"), notified(1, "carol"), add(1, "carol", "dave")] {
        check(rung(), command, "call_not_found");
    }
    check(rung(), hangup(7, "alice"), "call_not_found");
}

#[test]
fn a_device_shows_the_ring_and_the_caller_hears_it_once() {
    let world = check(rung(), ringing(1, "bob"), "ringing: alice accepted, bob ringing | alice updated");
    let world = check(world, ringing(1, "bob"), "unchanged");
    // What only the server keeps is written, and nobody is told.
    let world = check(world, ringing(1, "bob/laptop"), "ringing: alice accepted, bob ringing");
    check(world.after(accept(1, "bob")), ringing(1, "bob/laptop"), "not_allowed_in_phase");
}

#[test]
fn being_notified_is_no_change_that_anybody_sees() {
    let world = check(rung(), notified(1, "bob"), "ringing: alice accepted, bob invited");
    assert_eq!(world.call(1).version, 1);
    let world = check(world, notified(1, "bob"), "unchanged");
    check(world.after(decline(1, "bob", None)), notified(1, "bob/laptop"), "unchanged");
}

#[test]
fn only_so_many_devices_are_written_down_and_all_of_them_ring() {
    let mut world = rung();
    for number in 0..100 {
        world.run(&ringing(1, &format!("bob/device-{number}"))).unwrap();
    }
    assert_eq!(world.call(1).party(&user("bob")).unwrap().devices.len(), calls::MAX_DEVICES);
    world.run(&accept(1, "bob/device-99")).unwrap();
    assert_eq!(world.call(1).party(&user("bob")).unwrap().view().device, Some(actor("bob/device-99").device));
}

#[test]
fn the_key_of_a_device_is_that_of_its_accept_or_else_of_its_ring() {
    let key = |text: &str| Some(text.to_owned());
    let ring = |text| calls::Command::Ringing { call: call_id(1), actor: actor("bob"), key: key(text) };
    let answer = |key| calls::Command::Accept { call: call_id(1), actor: actor("bob"), key };
    let shown = |world: World| world.call(1).party(&user("bob")).unwrap().view().key;
    assert_eq!(shown(rung().after(ring("ring"))), None);
    assert_eq!(shown(rung().after(ring("ring")).after(answer(None))), key("ring"));
    assert_eq!(shown(rung().after(ring("ring")).after(answer(key("accept")))), key("accept"));
}

#[test]
fn only_the_device_in_the_call_reports_media() {
    use ReportedMedia::{Connected, Connecting};
    let told = "active: alice accepted, bob accepted | alice updated";
    let world = check(active(), media(1, "bob", Connecting, None), told);
    let world = check(world, media(1, "bob", Connecting, None), "unchanged");
    check(world, media(1, "bob/laptop", Connected, None), "not_this_device");
    check(rung(), media(1, "bob", Connected, None), "not_this_device");
    check(rung(), media(1, "alice", Connecting, None), "ringing: alice accepted, bob invited | bob updated");
}

#[test]
fn media_that_fail_end_the_call_by_their_cause() {
    let failed = |cause| media(1, "bob", ReportedMedia::Failed, cause);
    let told = |reason| format!("ended {reason}: alice accepted, bob left | alice ended, bob ended");
    check(active(), failed(Some(MediaCause::Device)), &told("media_failed"));
    check(active(), failed(Some(MediaCause::Network)), &told("connection_lost"));
    check(active(), failed(None), &told("connection_lost"));
}

#[test]
fn history_tells_how_long_it_rang_and_how_long_it_went_on() {
    let world = rung().later(4_000).after(accept(1, "bob")).later(9_500).after(hangup(1, "alice"));
    let item = &world.history[&(user("bob"), call_id(1))];
    assert_eq!((item.ring_ms, item.active_ms, item.missed), (4_000, 9_500, false));
}
