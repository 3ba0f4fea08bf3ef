//! How long a peer-to-peer call waits for its signals.

use chrono::TimeDelta;
use signal_protocol::ReportedMedia::Connected;
use signal_protocol::SignalKind::{Answer, Candidates, Offer};

use crate::given::*;
use crate::world::World;

const TIMEOUT: &str = "ended connection_timeout: alice accepted, bob accepted | alice ended, bob ended";
/// That they are alive was looked at, and is looked at again.
const ALIVE: &str = "active: alice accepted, bob accepted";

fn accepted() -> World {
    World::new()
        .present("alice", 300)
        .present("bob", 300)
        .after(invite(1, "alice", &["bob"]))
        .after(accept(1, "bob"))
        .after(signal(1, "alice", Offer, 0))
        .after(signal(1, "bob", Candidates, 0))
}

#[test]
fn without_an_answer_it_is_over_after_twenty_seconds() {
    let world = accepted();
    let deadline = world.now + TimeDelta::seconds(20);
    assert_eq!(world.call(1).next_deadline(), Some(deadline));
    check(world.clone().later(20_001), tick(1), TIMEOUT);
    check(world.clone().later(20_000).after(signal(1, "bob", Answer, 0)).later(1), tick(1), ALIVE);
    let mut late = world.later(20_001);
    assert_eq!(late.run(&signal(1, "bob", Answer, 0)).unwrap_err().code().as_str(), "call_ended");
}

#[test]
fn with_one_the_media_have_their_minute_from_the_accept() {
    let world =
        accepted().later(7_000).after(signal(1, "bob", Answer, 0)).after(media(1, "bob", Connected, None));
    let timed_out = world.clone().later(53_001);
    check(timed_out, tick(1), TIMEOUT);
    let world = world.later(53_000).after(media(1, "alice", Connected, None)).later(1);
    let world = world.after(tick(1));
    assert!(world.call(1).is_live());
}

#[test]
fn who_is_connected_needs_no_answer() {
    let world = accepted().after(media(1, "alice", Connected, None)).after(media(1, "bob", Connected, None));
    check(world.later(20_001), tick(1), ALIVE);
}

#[test]
fn a_later_answer_gives_no_more_time() {
    let world = accepted().after(signal(1, "bob", Answer, 0)).later(30_000);
    let world = world.after(signal(1, "alice", Offer, 1)).after(signal(1, "bob", Answer, 1));
    check(world.later(30_001), tick(1), TIMEOUT);
}

#[test]
fn where_media_have_less_time_than_an_answer_that_is_the_time() {
    let world = World::new().with(|rules| rules.media = TimeDelta::seconds(5));
    let world = world.present("alice", 300).present("bob", 300).after(invite(1, "alice", &["bob"]));
    check(world.after(accept(1, "bob")).later(5_001), tick(1), TIMEOUT);
}

#[test]
fn an_early_signal_may_not_land_after_the_ring() {
    let mut world = World::new().after(invite(1, "alice", &["bob"]));
    let deadline = world.now + TimeDelta::seconds(30);
    assert_eq!(world.run(&signal(1, "alice", Offer, 0)).unwrap().not_after, Some(deadline));
}
