//! The sweep without an admin API that could answer it.

use crate::socket::Socket;
use crate::world::World;
use testkit::eventually;

use crate::socket::BOUND;

#[tokio::test]
async fn what_cannot_be_found_out_ends_nothing() {
    let world = World::with_calls(&[("REVOCATION__SWEEP_SECONDS", "10")], &[]).await;
    let token = world.token("ann", &[]);
    let (_socket, _) = Socket::resumed(&world.url, &token, "phone", None).await;
    // The tests' issuer has no admin API.
    eventually("it was looked up", BOUND * 2, async || {
        world.figure("revocation_lookups_total{outcome=\"unknown\"} ").await >= 1.0
    })
    .await;
    assert_eq!(world.get("/events", &token).await.status, 200);
}
