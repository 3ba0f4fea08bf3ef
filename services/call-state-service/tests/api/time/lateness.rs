//! How late deadlines are: with one replica, with two, and after one died with what it had claimed.

use std::time::Duration;

use signal_protocol::CallId;
use testkit::{eventually, rounds};

use super::crowd::{Crowd, Deadline};
use super::figures::Figures;
use crate::world::{BOUND, World};

async fn measure(replicas: usize) {
    let world = World::with(replicas, &[]).await;
    let crowd = Crowd::rings(&world, rounds(200, 5_000), Deadline::Spread(3)).await;
    let late = crowd.ended_once_each(&world, Duration::from_mins(2)).await;
    println!("replicas: {replicas}; {}", Figures::of(late.into_iter().map(|(_, late)| late)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadlines_of_one_replica_are_met() {
    measure(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadlines_of_two_replicas_are_met() {
    measure(2).await;
}

/// The calls whose timers somebody has claimed and not brought to an end.
async fn claimed(world: &World, crowd: &Crowd) -> Vec<CallId> {
    let mut claimed = Vec::new();
    for call in crowd.calls() {
        let member = format!("call:{}", call.id);
        let score = world.redis.command(&["ZSCORE", "{t:realtime}:timers", &member]).await.unwrap();
        let due = call.expires_at.unwrap().timestamp_millis() + 1;
        let score: Option<f64> = score.as_str().map(|score| score.parse().unwrap());
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are few enough to be exact")]
        claimed.extend(score.filter(|score| *score > due as f64).map(|_| call.id));
    }
    claimed
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_had_claimed_when_it_died_another_one_ends_once_the_claims_have_run_out() {
    // So many at once that the one replica is busy with claims for a while.
    let mut world = World::with(2, &[]).await;
    let crowd = Crowd::rings(&world, 300, Deadline::Together(6)).await;
    world.replicas[1].process().pause();
    crowd.is_about_to_end(&world).await;
    let lost = eventually("it holds claims", BOUND, async || {
        let process = world.replicas[0].process();
        process.pause();
        let claimed = claimed(&world, &crowd).await;
        if claimed.is_empty() {
            process.resume();
        }
        Some(claimed).filter(|claimed| !claimed.is_empty())
    })
    .await;
    world.replicas[0].kill().await;
    world.replicas[1].process().resume();
    let late = crowd.ended_once_each(&world, BOUND).await;
    let is_lost = |call: CallId| lost.contains(&call);
    println!("claimed by the dead replica: {}", figures(&late, is_lost));
    println!("claimed by nobody: {}", figures(&late, |call| !is_lost(call)));
}

fn figures(late: &[(&signal_protocol::Call, Duration)], which: impl Fn(CallId) -> bool) -> Figures {
    Figures::of(late.iter().filter(|(call, _)| which(call.id)).map(|(_, late)| *late))
}
