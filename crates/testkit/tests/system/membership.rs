//! The membership service answers, fails and lies as it is told.

use std::time::Duration;

use ::http::StatusCode;
use testkit::{MembershipMode, MembershipService};

use super::http::{ask, get};

fn address(service: &MembershipService, room: &str, user: &str) -> String {
    service.template().replace("{room_id}", room).replace("{user_id}", user)
}

#[tokio::test]
async fn it_answers_by_its_table_and_remembers_who_asked() {
    let service = MembershipService::start().await.unwrap();
    service.admit("standup", "f:1:alice", "moderator");

    let member = ask(address(&service, "standup", "f%3A1%3Aalice"))
        .bearer_auth("relayed")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let member: serde_json::Value = member.send().await.unwrap().json().await.unwrap();
    assert_eq!(member, serde_json::json!({ "role": "moderator" }));
    let stranger = get(address(&service, "standup", "bob")).await.unwrap();
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);

    let seen = service.seen();
    assert_eq!(seen[0].path, "/rooms/standup/members/f%3A1%3Aalice");
    assert_eq!(seen[0].header("authorization"), Some("Bearer relayed"));
    assert!(seen[0].header("traceparent").unwrap().starts_with("00-0af7651916cd43dd"));
    assert_eq!(seen[1].header("authorization"), None);

    service.dismiss("standup", "f:1:alice");
    let former = get(address(&service, "standup", "f%3A1%3Aalice")).await.unwrap();
    assert_eq!(former.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_lists_a_room_that_somebody_belongs_to() {
    let service = MembershipService::start().await.unwrap();
    service.admit("standup", "ann", "moderator");
    service.admit("standup", "bob", "viewer");
    service.admit("retro", "bob", "viewer");
    let list = async |room: &str| get(service.members_template().replace("{room_id}", room)).await.unwrap();
    let listed: serde_json::Value = list("standup").await.json().await.unwrap();
    let expected = serde_json::json!({ "members": [
        { "user_id": "ann", "role": "moderator" }, { "user_id": "bob", "role": "viewer" },
    ] });
    assert_eq!(listed, expected);
    assert_eq!(list("nowhere").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_fails_and_lies_as_told() {
    let service = MembershipService::start().await.unwrap();
    service.admit("standup", "alice", "viewer");
    let answer = async || get(address(&service, "standup", "alice")).await;

    service.behave(MembershipMode::Status(StatusCode::BAD_GATEWAY));
    assert_eq!(answer().await.unwrap().status(), StatusCode::BAD_GATEWAY);

    service.behave(MembershipMode::Garbage);
    assert!(answer().await.unwrap().json::<serde_json::Value>().await.is_err());

    service.behave(MembershipMode::UnknownRole);
    assert_eq!(answer().await.unwrap().text().await.unwrap(), r#"{"role":"janitor"}"#);

    service.behave(MembershipMode::Slow(Duration::from_hours(1)));
    assert!(tokio::time::timeout(Duration::from_millis(200), answer()).await.is_err());

    service.behave(MembershipMode::Honest);
    service.down().await;
    assert!(answer().await.unwrap_err().is_connect());
    service.up().await.unwrap();
    assert_eq!(answer().await.unwrap().text().await.unwrap(), r#"{"role":"viewer"}"#);
}
