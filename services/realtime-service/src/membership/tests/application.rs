//! The `http` source about people who are not asking.

use std::time::Duration;

use http_client::StatusCode;
use serde_json::{Value, json};
use testkit::{IssuerMode, MembershipMode};

use super::world::{World, membership, only, strangers};

fn one_by_one() -> Value {
    json!({ "members_url": null })
}

#[tokio::test]
async fn a_room_is_listed_once_with_the_token_of_our_service_account() {
    let world = World::with(&json!({})).await;
    world.service.admit("standup", "ann", "moderator");
    world.service.admit("standup", "bob", "viewer");
    assert_eq!(world.strangers("standup", &["bob", "ann"]).await, only(&[]));
    assert_eq!(world.strangers("standup", &["zoe", "ann", "carl"]).await, only(&["zoe", "carl"]));
    assert_eq!(world.strangers("nowhere", &["ann"]).await, only(&["ann"]));
    let seen = world.service.seen();
    let paths: Vec<_> = seen.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/rooms/standup/members", "/rooms/nowhere/members"]);
    assert!(seen.iter().all(|request| request.header("authorization").is_some_and(|it| it.len() > 100)));
    assert_eq!(world.issuer.token_requests(), 1);
}

#[tokio::test]
async fn a_source_that_is_to_remember_nothing_is_asked_each_time() {
    let forgetful = json!({ "remember_seconds": 0, "remember_absence_ms": 0 });
    for changes in [json!({}), one_by_one()] {
        let mut changes = changes;
        changes.as_object_mut().unwrap().extend(forgetful.as_object().unwrap().clone());
        let world = World::with(&changes).await;
        assert_eq!(world.strangers("standup", &["ann"]).await, only(&["ann"]));
        world.service.admit("standup", "ann", "viewer");
        assert_eq!(world.strangers("standup", &["ann"]).await, only(&[]));
        assert_eq!(world.service.seen().len(), 2);
    }
}

#[tokio::test]
async fn without_a_listing_each_is_asked_about_and_remembered() {
    let world = World::with(&one_by_one()).await;
    world.service.admit("standup", "ann", "moderator");
    for _ in 0..2 {
        assert_eq!(world.strangers("standup", &["bob", "ann"]).await, only(&["bob"]));
    }
    let mut paths: Vec<_> = world.service.seen().into_iter().map(|request| request.path).collect();
    paths.sort();
    assert_eq!(paths, ["/rooms/standup/members/ann", "/rooms/standup/members/bob"]);
}

#[tokio::test]
async fn at_most_eight_questions_are_put_at_a_time_and_none_to_a_service_in_trouble() {
    let world = World::with(&json!({ "members_url": null, "timeout_ms": 300 })).await;
    world.service.behave(MembershipMode::Slow(Duration::from_mins(10)));
    let names: Vec<String> = (0..49).map(|number| format!("user-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(world.strangers("standup", &names).await, None);
    assert_eq!(world.service.seen().len(), 8);
    world.service.behave(MembershipMode::Honest);
    assert_eq!(world.strangers("standup", &names).await, only(&names));
}

#[tokio::test]
async fn a_source_that_cannot_be_asked_is_no_no() {
    for changes in [json!({ "timeout_ms": 300 }), json!({ "timeout_ms": 300, "members_url": null })] {
        let world = World::with(&changes).await;
        world.service.admit("standup", "ann", "viewer");
        for mode in [
            MembershipMode::Slow(Duration::from_mins(10)),
            MembershipMode::Status(StatusCode::INTERNAL_SERVER_ERROR),
            MembershipMode::Status(StatusCode::UNAUTHORIZED),
            MembershipMode::Status(StatusCode::FOUND),
            MembershipMode::Garbage,
            MembershipMode::UnknownRole,
        ] {
            world.service.behave(mode.clone());
            assert_eq!(world.strangers("standup", &["ann"]).await, None, "{changes} {mode:?}");
        }
        world.service.behave(MembershipMode::Honest);
        assert_eq!(world.strangers("standup", &["ann"]).await, only(&[]), "{changes}");
    }
}

#[tokio::test]
async fn without_a_token_of_our_own_nothing_is_known() {
    let world = World::with(&json!({})).await;
    world.service.admit("standup", "ann", "viewer");
    world.issuer.tokens_behave(IssuerMode::Status(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(world.strangers("standup", &["ann"]).await, None);
    assert!(world.service.seen().is_empty());

    let settings = json!({ "sources": ["http"], "http": { "url": world.service.template() } });
    let without = membership(&settings, None);
    assert_eq!(strangers(&without, "realtime", "standup", &["ann"]).await, None);
    assert_eq!(strangers(&membership(&json!({}), None), "realtime", "standup", &["ann"]).await, None);
}

#[tokio::test]
async fn the_first_member_wins_and_a_fault_counts_only_without_one() {
    // The issuer of this test has no admin API, so `token_claims` knows nothing of anybody.
    let world = World::with_sources(&["token_claims", "http"], &json!({})).await;
    world.service.admit("standup", "ann", "viewer");
    assert_eq!(world.strangers("standup", &["ann"]).await, only(&[]));
    assert_eq!(world.strangers("standup", &["ann", "bob"]).await, None);
}

#[tokio::test]
async fn a_listing_goes_on_when_nobody_waits_for_it_any_more() {
    let world = World::with(&json!({ "timeout_ms": 1_500 })).await;
    world.service.admit("standup", "ann", "viewer");
    world.service.behave(MembershipMode::Slow(Duration::from_millis(200)));
    let impatient = world.strangers("standup", &["ann"]);
    assert!(tokio::time::timeout(Duration::from_millis(1), impatient).await.is_err());
    assert_eq!(world.strangers("standup", &["ann"]).await, only(&[]));
    assert_eq!(world.service.seen().len(), 1);
}

#[tokio::test]
async fn the_rooms_of_calls_belong_to_no_source() {
    let world = World::with(&json!({})).await;
    world.service.admit("call-7", "ann", "moderator");
    assert_eq!(world.strangers("call-7", &["ann"]).await, only(&["ann"]));
    assert!(world.service.seen().is_empty());
}
