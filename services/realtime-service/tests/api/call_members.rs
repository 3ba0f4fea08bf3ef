//! Who may be called about a room: asked before anything rings.

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::MembershipMode;

use crate::device::Device;
use crate::socket::BOUND;
use crate::world::World;

/// An invite about the room `standup`.
fn about_the_room(callees: &[&str]) -> Value {
    json!({ "callees": callees, "kind": "video", "media": "livekit", "room_id": "standup" })
}

/// A world whose members are known to the application.
async fn world() -> World {
    let settings = [
        ("MEMBERSHIP__SOURCES", "http"),
        ("MEMBERSHIP__HTTP__URL", "{membership}"),
        ("MEMBERSHIP__HTTP__MEMBERS_URL", "{members}"),
        ("MEMBERSHIP__HTTP__REMEMBER_SECONDS", "0"),
        ("MEMBERSHIP__HTTP__REMEMBER_ABSENCE_MS", "0"),
        ("MEMBERSHIP__HTTP__TIMEOUT_MS", "1500"),
    ];
    let world = World::with_calls(&settings, &[]).await;
    for member in ["ann", "bob", "eve"] {
        world.membership.admit("standup", member, "participant");
    }
    world
}

#[tokio::test]
async fn members_call_members() {
    let world = world().await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let made = ann.post_with("/calls", &about_the_room(&["bob"])).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json()["call"]["room_id"], "standup");
    assert_eq!(bob.live_calls().await.len(), 1);
}

#[tokio::test]
async fn strangers_neither_call_nor_are_called_and_nothing_rings() {
    let world = world().await;
    let (ann, bob, mallory) =
        (Device::of(&world, "ann"), Device::of(&world, "bob"), Device::of(&world, "mallory"));
    mallory.post_with("/calls", &about_the_room(&["bob"])).await.is_problem(404, "room_not_found");
    let refused = ann.post_with("/calls", &about_the_room(&["bob", "mallory", "trudy"])).await;
    assert_eq!(refused.is_problem(403, "access_denied")["user_ids"], json!(["mallory", "trudy"]));
    for device in [&ann, &bob, &mallory] {
        assert!(device.live_calls().await.is_empty());
    }
}

#[tokio::test]
async fn an_administrator_is_no_exception() {
    let world = world().await;
    let mut claims = world.claims("root", &[]);
    claims["resource_access"] = json!({ "realtime": { "roles": ["realtime-admin"] } });
    let root = world.issuer.sign(&claims);
    let invite = world.request(reqwest::Method::POST, "/calls", &root).json(&about_the_room(&["bob"]));
    crate::world::send(invite).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn whoever_is_added_to_a_call_about_a_room_must_be_a_member_too() {
    let world = world().await;
    let ann = Device::of(&world, "ann");
    let call = ann.post_with("/calls", &about_the_room(&["bob"])).await.json();
    let parties = format!("/calls/{}/parties", call["call"]["id"].as_str().unwrap());
    let refused = ann.post_with(&parties, &json!({ "user_id": "mallory" })).await;
    assert_eq!(refused.is_problem(403, "access_denied")["user_ids"], json!(["mallory"]));
    assert_eq!(ann.post_with(&parties, &json!({ "user_id": "eve" })).await.status, 201);
}

#[tokio::test]
async fn a_fault_is_no_answer_about_members() {
    let world = world().await;
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    for mode in [MembershipMode::Status(StatusCode::INTERNAL_SERVER_ERROR), MembershipMode::Garbage] {
        world.membership.behave(mode);
        ann.post_with("/calls", &about_the_room(&["bob"])).await.is_problem(503, "membership_unavailable");
    }
    world.membership.behave(MembershipMode::Slow(BOUND));
    ann.post_with("/calls", &about_the_room(&["bob"])).await.is_problem(503, "membership_unavailable");
    assert!(bob.live_calls().await.is_empty());
}
