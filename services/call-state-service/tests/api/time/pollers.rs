//! Nobody is there when deadlines pass.

use std::time::Duration;

use testkit::{rounds, soaking};

use super::crowd::{Crowd, Deadline};
use super::figures::Figures;
use crate::world::{BOUND, World};

/// For how long after the last deadline nobody is there.
fn away() -> Duration {
    Duration::from_secs(if soaking() { 60 } else { 2 })
}

/// Rings that last until all of them have been asked for.
async fn crowd(world: &World) -> Crowd {
    let deadline = Deadline::Together(if soaking() { 60 } else { 5 });
    Crowd::rings(world, rounds(50, 1_000), deadline).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_that_ran_out_while_every_replica_was_dead_end_once_each_when_one_is_back() {
    let mut world = World::with(2, &[]).await;
    let crowd = crowd(&world).await;
    for replica in &mut world.replicas {
        replica.kill().await;
    }
    crowd.is_overdue(&world, away()).await;
    world.replicas[1].start_again().await;
    let late = crowd.ended_once_each(&world, BOUND).await;
    println!("replicas dead for {:?}: {}", away(), Figures::of(late.into_iter().map(|(_, late)| late)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_that_ran_out_while_every_replica_hung_end_once_each_when_all_go_on_at_once() {
    let world = World::with(2, &[]).await;
    let crowd = crowd(&world).await;
    for replica in &world.replicas {
        replica.process().pause();
    }
    crowd.is_overdue(&world, away()).await;
    for replica in &world.replicas {
        replica.process().resume();
    }
    crowd.ended_once_each(&world, BOUND).await;
}
