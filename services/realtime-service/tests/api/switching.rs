//! Two people in a call whose devices lose their connections all the time, change between socket and polling and from one
//! replica to the other, while replicas die, bells and logs are lost and Redis hangs up on everybody: what one has sent the
//! other has received, all of it, in order and, by its id, once.
//!
//! `--soak` makes it a thousand cuts; chance is printed, and `REALTIME_SEED` repeats it. How long a repair takes depends on the
//! machine and is printed, not judged.

mod connection;
mod fault;
mod party;
mod talk;

use std::time::{Duration, Instant};

use rand::Rng as _;
use testkit::{dice, rounds};

use crate::world::World;
use connection::Doors;
use fault::{Fault, Scene};
use talk::Talk;

/// How many connections are cut.
const CUTS: (usize, usize) = (60, 1_000);
/// In how many legs one call is made use of. A party may send 300 signals in a call.
const LEGS_OF_A_CALL: usize = 20;

/// Nobody is held up by a limit, each of which has tests of its own.
const UNLIMITED: [(&str, &str); 11] = [
    ("SIGNALLING__MESSAGES_PER_SECOND", "10000"),
    ("SIGNALLING__MESSAGES_BURST", "10000"),
    ("SIGNALLING__SOCKETS_PER_USER", "1000"),
    ("SIGNALLING__SOCKETS_PER_ADDRESS", "1000"),
    ("LIMITS__SIGNALS_PER_SECOND", "10000"),
    ("LIMITS__SIGNALS_BURST", "10000"),
    ("LIMITS__COMMANDS_PER_SECOND", "10000"),
    ("LIMITS__INVITES_PER_MINUTE", "10000"),
    ("LIMITS__INVITES_PER_MINUTE_TO_ONE", "10000"),
    ("LIMITS__CALLEES_PER_MINUTE", "10000"),
    ("LIMITS__READS_PER_SECOND", "10000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_cut_what_one_has_sent_the_other_has_received_in_order_and_once() {
    let mut dice = dice("switching");
    let world = World::with_calls(&UNLIMITED, &[]).await;
    let replicas = [world.replica(&UNLIMITED).await, world.replica(&UNLIMITED).await];
    let doors = Doors::new([&world.url, &replicas[0].url, &replicas[1].url]);
    let mut talk = Talk::new(&world, &doors);
    let mut scene = Scene::new(world.redis(), replicas);
    let (mut slowest, mut legs) = (Duration::ZERO, 0);
    while talk.cuts() < rounds(CUTS.0, CUTS.1) {
        if legs % LEGS_OF_A_CALL == 0 {
            talk.calls().await;
        }
        let (fault, began) = (Fault::of_leg(legs), Instant::now());
        let late = Duration::from_millis(dice.random_range(0..60));
        tokio::join!(talk.leg(&mut dice, fault), scene.suffers(fault, late));
        slowest = slowest.max(began.elapsed());
        legs += 1;
    }
    talk.ends().await;
    println!("{talk}; {legs} legs, the slowest took {} ms", slowest.as_millis());
    scene.is_sound();
}
