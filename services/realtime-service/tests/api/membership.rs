//! The sources of membership and what becomes of their faults.

use reqwest::StatusCode;
use serde_json::json;
use testkit::MembershipMode;

use crate::socket::BOUND;
use crate::world::World;

const HTTP_ONLY: [(&str, &str); 3] = [
    ("MEMBERSHIP__SOURCES", "http"),
    ("MEMBERSHIP__HTTP__URL", "{membership}"),
    ("MEMBERSHIP__HTTP__TIMEOUT_MS", "1500"),
];
const FORGETFUL: [(&str, &str); 2] =
    [("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0"), ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0")];

#[tokio::test]
async fn the_application_is_asked_with_the_caller_s_own_token_and_trace() {
    let world = World::with(&HTTP_ONLY).await;
    world.membership.answer(
        "standup",
        "ann",
        json!({ "role": "presenter", "name": "Stand-up", "max_participants": 3 }),
    );
    let token = world.token("ann", &[]);
    let answer = world.join("standup", &token).await;
    assert_eq!((answer.status, &answer.json()["role"]), (StatusCode::CREATED, &json!("presenter")));
    let seen = world.membership.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, "/rooms/standup/members/ann");
    assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {token}").as_str()));
    let trace = seen[0].header("traceparent").unwrap().to_owned();
    assert!(trace.contains(answer.headers["x-trace-id"].to_str().unwrap()), "{trace}");
    assert_eq!(world.get("/rooms/standup", &token).await.json()["name"], "Stand-up");
}

#[tokio::test]
async fn an_answer_is_remembered_and_a_no_for_a_shorter_time_than_a_yes() {
    let world =
        World::with(&[&HTTP_ONLY[..], &[("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "100")]].concat()).await;
    world.membership.admit("standup", "ann", "viewer");
    let (ann, bob) = (world.token("ann", &[]), world.token("bob", &[]));
    for _ in 0..3 {
        assert_eq!(world.join("standup", &ann).await.status, 201);
    }
    assert_eq!(world.membership.seen().len(), 1);
    world.join("standup", &bob).await.is_problem(404, "room_not_found");
    world.membership.admit("standup", "bob", "viewer");
    testkit::eventually("bob is let in once the no is forgotten", BOUND, async || {
        world.join("standup", &bob).await.status == 201
    })
    .await;
}

#[tokio::test]
async fn a_source_that_cannot_be_asked_is_no_no() {
    let world = World::with(&[&HTTP_ONLY[..], &FORGETFUL].concat()).await;
    world.membership.admit("standup", "ann", "viewer");
    let token = world.token("ann", &[]);
    for mode in [
        MembershipMode::Slow(BOUND),
        MembershipMode::Status(StatusCode::INTERNAL_SERVER_ERROR),
        MembershipMode::Status(StatusCode::FORBIDDEN),
        MembershipMode::Status(StatusCode::FOUND),
        MembershipMode::Garbage,
        MembershipMode::UnknownRole,
    ] {
        world.membership.behave(mode);
        let before = world.membership.seen().len();
        world.join("standup", &token).await.is_problem(503, "membership_unavailable");
        assert_eq!(world.membership.seen().len(), before + 1, "a service in trouble is asked once");
    }
    world.membership.behave(MembershipMode::Honest);
    world.membership.down().await;
    world.join("standup", &token).await.is_problem(503, "membership_unavailable");
    world.membership.up().await.unwrap();
    assert_eq!(world.join("standup", &token).await.status, 201);
}

#[tokio::test]
async fn the_first_member_wins_and_a_fault_counts_only_without_one() {
    let both = ("MEMBERSHIP__SOURCES", "token_claims,http");
    let world = World::with(&[&HTTP_ONLY[1..], &FORGETFUL, &[both]].concat()).await;
    world.membership.admit("standup", "ann", "moderator");
    world.membership.admit("retro", "ann", "viewer");
    let token = world.token("ann", &["/rooms/standup/viewer"]);
    assert_eq!(world.join("standup", &token).await.json()["role"], "viewer");
    assert!(world.membership.seen().is_empty(), "the first source had decided");
    assert_eq!(world.join("retro", &token).await.json()["role"], "viewer");
    world.membership.behave(MembershipMode::Garbage);
    assert_eq!(world.join("standup", &token).await.status, 201);
    world.join("retro", &token).await.is_problem(503, "membership_unavailable");
    world.join("nowhere", &token).await.is_problem(503, "membership_unavailable");
}

#[tokio::test]
async fn a_forbidden_room_and_one_that_does_not_exist_look_the_same() {
    let world = World::with(&[&HTTP_ONLY[..], &FORGETFUL].concat()).await;
    world.membership.admit("board", "boss", "moderator");
    let boss = world.token("boss", &[]);
    assert_eq!(world.join("board", &boss).await.status, 201);
    let ann = world.token("ann", &[]);
    let mut bodies = Vec::new();
    for room in ["board", "nowhere"] {
        let before = world.membership.seen().len();
        let mut body = world.join(room, &ann).await.is_problem(404, "room_not_found");
        assert_eq!(world.membership.seen().len(), before + 1, "the same questions are asked");
        body["trace_id"].take();
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn the_rooms_of_calls_belong_to_no_source() {
    let world = World::with(&[&HTTP_ONLY[..], &FORGETFUL].concat()).await;
    world.membership.admit("call-7", "ann", "moderator");
    world.join("call-7", &world.token("ann", &["/rooms/call-7"])).await.is_problem(404, "room_not_found");
    assert!(world.membership.seen().is_empty());
}
