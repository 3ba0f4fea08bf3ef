//! Logins that are ended: realtime-service writes them down, and their tokens are worthless here too.

use clock::Clock;
use identity::{IdentitySettings, Logins, Revocation};
use reqwest::Method;
use serde_json::json;
use signal_protocol::UserId;
use store::Commit;
use testkit::eventually;

use crate::world::{Answer, BOUND, World};

/// Ends every login of `user` from before.
async fn ends(world: &World, user: &str) {
    let logins = Logins::AllOf(UserId::parse(user).unwrap());
    let revocation = Revocation { logins, at: Clock::system().now() };
    let kept = IdentitySettings::default().revocations_last();
    let writes = vec![revocation::append(&revocation, kept)];
    world.store.commit(&world.tenant, Commit { writes, ..Commit::default() }).await.unwrap();
}

#[tokio::test]
async fn the_tokens_of_an_ended_login_are_refused_by_every_replica_of_now_and_of_later() {
    let mut world = World::with(2, &[]).await;
    let (ann, bob) = (world.token("ann"), world.token("bob"));
    #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
    let http = reqwest::Client::new();
    let ask = async |world: &World, replica: usize, token: &str| {
        let url = world.replicas[replica].url.join("/internal/calls").unwrap();
        Answer::of(http.request(Method::GET, url).bearer_auth(token)).await
    };
    for replica in [0, 1] {
        assert_eq!(ask(&world, replica, &ann).await.status, 200);
    }
    ends(&world, "ann").await;
    for replica in [0, 1] {
        eventually("it is refused", BOUND, async || ask(&world, replica, &ann).await.status == 401).await;
        ask(&world, replica, &ann).await.is_problem(401, "token_invalid");
        assert_eq!(ask(&world, replica, &bob).await.status, 200);
    }
    world.replicas[0].kill().await;
    world.replicas[0].start_again().await;
    ask(&world, 0, &ann).await.is_problem(401, "token_invalid");
    world.send(Method::POST, "/calls", &ann, &json!({})).await.is_problem(401, "token_invalid");
}
