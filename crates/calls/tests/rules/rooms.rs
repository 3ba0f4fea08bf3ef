//! How the media of those in a LiveKit call stand, and when an empty or deleted room ends it.

use signal_protocol::{CallMedia, MediaState, ReportedMedia};

use crate::given::*;
use crate::world::World;

const UPDATED: &str = "active: alice accepted, bob accepted | alice updated, bob updated";
const COMPLETED: &str = "ended completed: alice accepted, bob accepted | alice ended, bob ended | close";

/// Alice and Bob have met in the room, and have sockets open for a long time.
fn met() -> World {
    let world = World::new()
        .present("alice", 3_600)
        .present("bob", 3_600)
        .after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"])))
        .after(accept(1, "bob"))
        .later(1_000);
    let both = report(&world, 1, 0, &["alice", "bob"]);
    world.after(both).later(1_000)
}

fn media_of(world: &World) -> [Option<MediaState>; 2] {
    let call = world.call(1).view(world.now);
    [call.parties[0].media_state, call.parties[1].media_state]
}

#[test]
fn who_is_in_the_room_is_connected_and_is_told_of_once() {
    let world = met();
    assert_eq!(media_of(&world), [Some(MediaState::Connected); 2]);
    let version = world.call(1).version;
    let again = report(&world, 1, 0, &["alice", "bob"]);
    let world = world.after(again);
    assert_eq!(world.call(1).version, version, "what is so already is no change");
    let gone = report(&world.clone().later(1_000), 1, 0, &["alice"]);
    let world = check(world.later(1_000), gone, UPDATED);
    assert_eq!(media_of(&world), [Some(MediaState::Connected), Some(MediaState::Reconnecting)]);
    let back = report(&world.clone().later(1_000), 1, 0, &["alice", "bob"]);
    let world = check(world.later(1_000), back, UPDATED);
    assert_eq!(media_of(&world), [Some(MediaState::Connected); 2]);
}

#[test]
fn who_was_never_there_is_not_reconnecting() {
    let world = World::new()
        .present("alice", 300)
        .present("bob", 300)
        .after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"])))
        .after(accept(1, "bob"))
        .later(1_000);
    let first = report(&world, 1, 0, &["alice"]);
    let world = check(world, first, UPDATED);
    assert_eq!(media_of(&world), [Some(MediaState::Connected), None]);
    let nobody = report(&world.clone().later(1_000), 1, 0, &[]);
    let world = check(world.later(1_000), nobody, UPDATED);
    assert_eq!(media_of(&world), [Some(MediaState::Reconnecting), None]);
}

#[test]
fn what_a_device_says_of_its_media_counts_more_than_that_it_is_listed() {
    let world = met().after(media(1, "bob", ReportedMedia::Reconnecting, None));
    let both = report(&world.clone().later(1_000), 1, 0, &["alice", "bob"]);
    let world = world.later(1_000).after(both);
    assert_eq!(media_of(&world)[1], Some(MediaState::Reconnecting));
}

#[test]
fn an_answer_that_comes_late_changes_nothing_that_is_known_from_later() {
    let world = met();
    let before = report(&world, 1, 900, &["alice"]);
    let stale = report(&world, 1, 1_500, &[]);
    let world = check(world.clone(), stale, "unchanged");
    let world = check(world, before, UPDATED);
    // Asked before Bob was missed: that he was there then is no news.
    let world = world.later(1_000);
    let late = report(&world, 1, 1_950, &["alice", "bob"]);
    let world = world.after(late);
    assert_eq!(media_of(&world)[1], Some(MediaState::Reconnecting));
}

#[test]
fn the_last_one_to_leave_the_room_ends_the_call_after_a_while_and_a_second_look() {
    let world = met();
    let nobody = report(&world, 1, 0, &[]);
    let world = check(world, nobody, UPDATED).later(20_001);
    let world = check(world, tick(1), "active: alice accepted, bob accepted |  | check");
    let soon = report(&world, 1, 2, &[]);
    let world = world.after(soon);
    assert!(world.call(1).is_live(), "it was asked too soon");
    let later = report(&world, 1, 0, &[]);
    check(world, later, COMPLETED);
}

#[test]
fn who_comes_back_in_time_keeps_the_call() {
    let world = met();
    let nobody = report(&world, 1, 0, &[]);
    let world = world.after(nobody).later(15_000);
    let alice = report(&world, 1, 0, &["alice"]);
    let world = world.after(alice).later(5_001);
    let alice = report(&world, 1, 0, &["alice"]);
    let world = world.after(alice).later(60_000);
    assert!(world.call(1).is_live());
    // She goes as well: what counts is since when nobody is there.
    let nobody = report(&world, 1, 0, &[]);
    let world = world.after(nobody).later(19_999);
    let nobody = report(&world, 1, 0, &[]);
    let world = world.after(nobody);
    assert!(world.call(1).is_live());
    let world = world.later(1);
    let nobody = report(&world, 1, 0, &[]);
    check(world, nobody, COMPLETED);
}

#[test]
fn while_somebody_is_missing_livekit_is_asked_though_every_socket_is_open() {
    let world = met();
    let alice = report(&world, 1, 0, &["alice"]);
    let mut world = world.after(alice);
    let mut questions = 0;
    for _ in 0..1_000 {
        let next = world.call(1).next_deadline().unwrap() + chrono::TimeDelta::milliseconds(1);
        if next > start() + chrono::TimeDelta::seconds(600) {
            break;
        }
        world.now = next;
        questions += world.run(&tick(1)).unwrap().effects.len();
    }
    assert!((5..15).contains(&questions), "the pauses grow, and not without end: {questions}");
    assert!(world.call(1).is_live());
}

#[test]
fn both_gone_from_everywhere_have_left_a_call_that_is_completed() {
    let world = World::new()
        .after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"])))
        .after(accept(1, "bob"));
    let both = report(&world, 1, 0, &["alice", "bob"]);
    let world = world.after(both).later(20_001).after(tick(1));
    let nobody = report(&world, 1, 0, &[]);
    check(world, nobody, "ended completed: alice left, bob left | alice ended, bob ended | close");
}

#[test]
fn a_room_that_was_deleted_ends_the_call_and_one_that_is_merely_empty_does_not() {
    let world = met();
    let gone = deleted(&world, 1, &[]);
    check(
        world.clone(),
        gone,
        "ended room_ended: alice accepted, bob accepted | alice ended, bob ended | close",
    );
    // Somebody is in the next room of that name already.
    let back = deleted(&world, 1, &["bob"]);
    check(world, back, UPDATED);
}

#[test]
fn a_room_that_was_deleted_before_anybody_met_is_opened_anew() {
    let world = World::new()
        .present("alice", 300)
        .present("bob", 300)
        .after(invite_with(1, "alice", request(CallMedia::Livekit, &["bob"])))
        .after(accept(1, "bob"))
        .later(1_000);
    let gone = deleted(&world, 1, &[]);
    check(world, gone, "unchanged");
}

#[test]
fn whoever_is_in_the_room_and_not_in_the_call_is_named() {
    let world =
        World::new().present("bob", 300).present("carol", 300).after(invite(1, "alice", &["bob", "carol"]));
    let world = world.after(accept(1, "bob")).after(accept(1, "carol")).after(hangup(1, "carol"));
    let all = report(&world, 1, 0, &["alice", "bob", "carol", "mallory"]);
    let mut world = world;
    let calls::Answer::Reported { is_live: true, outsiders } = world.run(&all).unwrap().answer else {
        panic!("the call goes on");
    };
    assert_eq!(outsiders, [user("carol"), user("mallory")]);
}
