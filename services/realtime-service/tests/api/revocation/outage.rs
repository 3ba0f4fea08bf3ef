//! Ends of logins while the store is away.

use testkit::eventually;

use super::{CLIENTS, is_refused, logout_claims, say};
use crate::socket::BOUND;
use crate::world::World;

#[tokio::test]
async fn while_the_store_is_away_the_issuer_hears_it_and_what_is_known_stays_in_force() {
    let mut world = World::with_store(&[CLIENTS]).await;
    let (before, during) = (world.claims("ann", &[]), world.claims("ann", &[]));
    let said = world.issuer.sign(&logout_claims(&world, &before));
    assert_eq!(say(&world, &world.url, &said).await.status, 200);
    is_refused(&world, &world.url, &world.issuer.sign(&before)).await;
    world.store().stop().await;
    let said = world.issuer.sign(&logout_claims(&world, &during));
    say(&world, &world.url, &said).await.is_problem(503, "store_unavailable");
    is_refused(&world, &world.url, &world.issuer.sign(&before)).await;
    // This replica has heard it, whatever becomes of the others.
    is_refused(&world, &world.url, &world.issuer.sign(&during)).await;
    eventually("it is known that nothing is heard of", BOUND, async || {
        world.figure("revocation_deaf ").await > 0.0
    })
    .await;
    assert_eq!(world.manage("/readyz").await.status, 200, "it serves");
    world.store().start_again().await.unwrap();
    eventually("it takes it again", BOUND, async || say(&world, &world.url, &said).await.status == 200).await;
}
