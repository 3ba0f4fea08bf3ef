//! How much one caller may ask.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn joins_of_one_person_are_limited_and_those_of_others_are_not() {
    let world = World::with(&[("LIMITS__JOINS_PER_MINUTE", "6"), ("LIMITS__JOINS_BURST", "2")]).await;
    let ann = world.token("ann", &["/rooms/standup"]);
    for _ in 0..2 {
        assert_eq!(world.join("standup", &ann).await.status, 201);
    }
    let refused = world.join("standup", &ann).await;
    refused.is_problem(429, "rate_limited");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    // Another token of the same person is the same person; another person is not.
    world.join("standup", &world.token("ann", &["/rooms/standup"])).await.is_problem(429, "rate_limited");
    assert_eq!(world.join("standup", &world.token("bob", &["/rooms/standup"])).await.status, 201);
}

#[tokio::test]
async fn joins_with_a_broken_body_count_like_any_other() {
    let world = World::with(&[("LIMITS__JOINS_PER_MINUTE", "6"), ("LIMITS__JOINS_BURST", "2")]).await;
    let ann = world.token("ann", &["/rooms/standup"]);
    for _ in 0..2 {
        world.join_with("standup", &ann, &json!([])).await.is_problem(400, "malformed_json");
    }
    world.join_with("standup", &ann, &json!([])).await.is_problem(429, "rate_limited");
}

#[tokio::test]
async fn guessing_tokens_is_limited_and_a_good_one_always_passes() {
    let world = World::with(&[("LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "3")]).await;
    for _ in 0..3 {
        world.join("standup", "guess").await.is_problem(401, "token_invalid");
    }
    world.join("standup", "guess").await.is_problem(429, "rate_limited");
    assert_eq!(world.join("standup", &world.token("ann", &["/rooms/standup"])).await.status, 201);
}
