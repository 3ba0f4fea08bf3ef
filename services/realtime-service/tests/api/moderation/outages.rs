//! The store or LiveKit away: nobody is let in who might not be allowed to, and what was decided stands.

use serde_json::json;
use testkit::eventually;

use super::{BOUND, act, ban, enters, kick, token, unban};
use crate::world::World;
use reqwest::Method;

#[tokio::test]
async fn without_the_store_nobody_is_let_in_and_nobody_sent_out() {
    let mut world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    let guest = enters(&world, &ann, "phone").await;
    world.store().stop().await;
    world.join("standup", &ann).await.is_problem(503, "store_unavailable");
    kick(&world, &mona, "ann:phone").await.is_problem(503, "store_unavailable");
    ban(&world, &mona, "ann", &json!({})).await.is_problem(503, "store_unavailable");
    unban(&world, &mona, "ann").await.is_problem(503, "store_unavailable");
    world.get("/rooms/standup/bans", &mona).await.is_problem(503, "store_unavailable");
    assert!(guest.is_in());
    world.store().start_again().await.unwrap();
    eventually("people are let in again", BOUND, async || world.join("standup", &ann).await.status == 201)
        .await;
}

/// With this prefix, so that it is seen that the ban stands although it is not carried out yet.
#[tokio::test]
async fn without_livekit_a_ban_stands_and_says_that_it_is_not_carried_out() {
    let mut world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    assert_eq!(world.join("standup", &ann).await.status, 201);
    world.livekit.stop().await;
    let answer = ban(&world, &mona, "ann", &json!({})).await.is_problem(503, "sfu_unavailable");
    assert_eq!(answer["barred"], true);
    world.join("standup", &ann).await.is_problem(403, "banned");
    let answer = kick(&world, &mona, "bob:phone").await.is_problem(503, "sfu_unavailable");
    assert_eq!(answer["barred"], true, "nobody can say whether he is there, so he is kept out");
    world.join("standup", &token(&world, "bob", "viewer")).await.is_problem(403, "kicked");
    for (method, path) in [(Method::GET, "participants"), (Method::POST, "end")] {
        let answer = act(&world, &mona, method, path, None).await;
        assert!(answer.is_problem(503, "sfu_unavailable").get("barred").is_none());
    }
    world.livekit.start_again().await.unwrap();
    world.join("standup", &ann).await.is_problem(403, "banned");
    eventually("the ban is lifted", BOUND, async || unban(&world, &mona, "ann").await.status == 204).await;
    eventually("she is let in", BOUND, async || world.join("standup", &ann).await.status == 201).await;
}

/// A corrupt record is never taken for none.
#[tokio::test]
async fn a_denial_that_cannot_be_read_lets_nobody_in() {
    let world = World::with_store(&[]).await;
    let (mona, ann) = (token(&world, "mona", "moderator"), token(&world, "ann", "participant"));
    assert_eq!(ban(&world, &mona, "ann", &json!({})).await.status, 204);
    let keys = world.redis().command(&["KEYS", "*denial:standup/ann"]).await.unwrap();
    let key = keys.to_string();
    let key = key.trim_matches(|letter| matches!(letter, '[' | ']' | '"'));
    // A record is a hash, and `d` its data.
    let fields = world.redis().command(&["HGETALL", key]).await.unwrap().to_string();
    assert!(fields.contains("banned"), "{fields}");
    world.redis().command(&["HSET", key, "d", "{"]).await.unwrap();
    world.join("standup", &ann).await.is_problem(500, "internal");
}
