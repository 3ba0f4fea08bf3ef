//! Many act on one call at once.

use std::time::Duration;

use futures_util::future::join_all;
use signal_protocol::{ErrorCode, KeyRequest, PartyState};
use testkit::eventually;

use crate::world::{World, refused};

/// Each of so many makes all others try again, on a machine that does much else.
const BOUND: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_large_group_shows_its_ring_in_the_same_instant() {
    let world = World::with(2, &[]).await;
    let users: Vec<String> = (0..49).map(|number| format!("user{number}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let caller = world.device("caller", "a");
    let call = caller.rings(&users).await.id;
    let devices: Vec<_> =
        users.iter().enumerate().map(|(place, user)| world.device_at(place % 2, user, "d")).collect();
    let shown = join_all(devices.iter().map(async |device| {
        // Whoever is told that it was too much comes again, as `Retry-After` says.
        eventually("the ring is shown", BOUND, async || {
            let answer = device.client.ringing(&device.relay(), call, &KeyRequest::default()).await;
            answer.as_ref().is_ok_and(|()| true) || {
                assert_eq!(refused(answer).code, ErrorCode::StoreUnavailable);
                false
            }
        })
        .await;
    }));
    shown.await;
    let seen = caller.sees(call).await.unwrap();
    assert!(seen.parties[1..].iter().all(|party| party.state == PartyState::Ringing), "{seen:?}");
    // One change each, whatever else was tried.
    assert_eq!(seen.version, 1 + 49);
    assert!(caller.cancels(call).await.is_ok());
}
