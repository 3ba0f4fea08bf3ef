//! Replicas whose clocks are wrong: every deadline comes from Redis's.

use clock::{Clock, DateTime, Duration, Utc};
use signal_protocol::{Call, CallMedia, CallPhase, EndReason};
use testkit::eventually;

use super::skewed::Skewed;
use crate::world::{BOUND, Device, World, invite};

/// Far less than the clocks are wrong by, and far more than the test takes.
const TOLERANCE: Duration = Duration::minutes(5);

/// The time is not that of a replica whose clock is wrong.
#[track_caller]
fn is_now(time: DateTime<Utc>) {
    let off = time - Clock::system().now();
    assert!(off.abs() < TOLERANCE, "{time} is off by {off}");
}

async fn rings(device: &Device, whom: &str, seconds: u32) -> Call {
    let request = invite(&[whom], CallMedia::Livekit);
    let request = signal_protocol::InviteRequest { ring_seconds: Some(seconds), ..request };
    eventually("the replica serves", BOUND, async || {
        let invited = device.client.invite(&device.relay(), &request).await;
        invited.map(|invited| invited.call).map_err(|error| format!("{error:?}"))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_through_replicas_two_hours_apart_as_if_their_clocks_were_right() {
    let world = World::with(1, &[]).await;
    let [ahead, behind] = [1, -1].map(|hours| Skewed::start(&world, Duration::hours(hours)));
    let witness = world.witness("ann", "a").await;
    for (number, (first, second)) in [(&ahead, &behind), (&behind, &ahead)].into_iter().enumerate() {
        let [ann, bob] = ["ann", "bob"].map(|user| first.device(&world, user, &user[..1]));
        let call = rings(&ann, "bob", 30).await;
        is_now(call.created_at);
        assert_eq!(call.expires_at.unwrap() - call.server_now, Duration::seconds(30));
        let elsewhere = second.device(&world, "bob", "b");
        assert_eq!(elsewhere.sees(call.id).await.unwrap().expires_at, call.expires_at);
        let accepted = elsewhere.accepts(call.id).await.unwrap();
        assert_eq!(accepted.phase, CallPhase::Active);
        is_now(accepted.active_since.unwrap());
        let ended = bob.hangs_up(call.id).await.unwrap();
        assert_eq!(ended.reason, Some(EndReason::Completed));
        is_now(ended.ended_at.unwrap());
        assert_eq!(world.remembered(&ann.user).await, number + 1);
    }
    for event in witness.events().await {
        is_now(event.at);
    }
    world.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_ends_at_its_deadline_by_whichever_replica_looks_after_it() {
    for hours in [1, -1] {
        // No other replica is there to do it.
        let world = World::with(0, &[]).await;
        let replica = Skewed::start(&world, Duration::hours(hours));
        let ann = replica.device(&world, "ann", "a");
        let witness = world.witness("ann", "a").await;
        let call = rings(&ann, "bob", 2).await;
        assert_eq!(ann.sees(call.id).await.unwrap().phase, CallPhase::Ringing);
        eventually("it ends", BOUND, async || witness.story().await == ["ended unreachable"]).await;
        let late = ann.sees(call.id).await.unwrap().ended_at.unwrap() - call.expires_at.unwrap();
        assert!(late > Duration::zero() && late < TOLERANCE, "{late}");
        world.is_over().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_is_known_by_the_same_clock_too() {
    let world = World::with(1, &[]).await;
    for (hours, callee) in [(1, "bob"), (-1, "eve")] {
        let replica = Skewed::start(&world, Duration::hours(hours));
        let [ann, callee] = ["ann", callee].map(|user| replica.device(&world, user, &user[..1]));
        let is_reachable = async || {
            let invited = ann.invites(&[callee.user.as_str()]).await.unwrap();
            ann.cancels(invited.call.id).await.unwrap();
            invited.reachable == Some(true)
        };
        eventually("the replica serves", BOUND, async || {
            ann.client.calls(&ann.relay()).await.map_err(|error| format!("{error:?}"))
        })
        .await;
        world.leases(&callee, Duration::minutes(-1)).await;
        assert!(!is_reachable().await, "by a clock {hours} h off a lease that is over is not");
        // Any request is a sign of life.
        callee.client.calls(&callee.relay()).await.unwrap();
        assert!(is_reachable().await, "by a clock {hours} h off a device that was just there is gone");
        is_now(world.lease_end(&callee).await);
    }
}
