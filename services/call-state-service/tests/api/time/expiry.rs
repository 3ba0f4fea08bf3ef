//! Very many rings that nobody answers, all over within the same second.

use std::time::Duration;

use testkit::{rounds, soaking};

use super::crowd::{Crowd, Deadline};
use super::figures::Figures;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn as_many_rings_as_there_are_end_once_each_and_leave_nobody_busy_and_no_timer() {
    let world = World::with(2, &[("CALLS__RING_SECONDS_MAX", "600")]).await;
    let count = rounds(1_000, 10_000);
    // Long enough to ask for all of them before the first is over, on a machine with other things to do.
    let deadline = Deadline::Together(if soaking() { 240 } else { 45 });
    let crowd = Crowd::rings(&world, count, deadline).await;
    assert_eq!(world.busy().await.len(), 2 * count);
    let late = crowd.ended_once_each(&world, Duration::from_mins(10)).await;
    println!("{count} rings within one second: {}", Figures::of(late.into_iter().map(|(_, late)| late)));
    let mut ended = 0.0;
    for replica in &world.replicas {
        ended += replica.figure("calls_ended_total", "reason=\"unreachable\"").await;
    }
    assert_eq!(ended.to_string(), count.to_string(), "the replicas have counted another number of ends");
}
