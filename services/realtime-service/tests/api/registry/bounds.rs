//! What a room and a member may be, and how many of them.

use serde_json::json;

use super::Host;

#[tokio::test]
async fn what_a_room_may_not_be_is_said_field_by_field() {
    let host = Host::with(&[("ROOMS__PARTICIPANTS_MAX", "50")]).await;
    let long = json!({ "name": "n".repeat(257), "max_participants": 51, "metadata": "m".repeat(2049) });
    host.put("/rooms/standup", &host.root, &long).await.blames(&["name", "max_participants", "metadata"]);
    for (body, field) in [
        (json!({ "name": "  " }), "name"),
        (json!({ "name": "a\u{202e}b" }), "name"),
        (json!({ "max_participants": 0 }), "max_participants"),
        (json!({ "max_participants": "7" }), "max_participants"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        host.put("/rooms/standup", &host.root, &body).await.blames(&[field]);
    }
    host.put("/rooms/call-7", &host.root, &json!({})).await.blames(&["room_id"]);
    host.makes("standup", &[]).await;
    host.set_member(&host.root, "standup", "bob", "owner").await.blames(&["role"]);
    host.set_member(&host.root, "standup", "b%20b", "viewer").await.blames(&["user_id"]);
    let keyed = host.world.request(reqwest::Method::DELETE, "/rooms/standup", &host.root);
    crate::world::send(keyed.header("Idempotency-Key", "short")).await.blames(&["Idempotency-Key"]);
    assert_eq!(host.kept().await, ["room:standup"]);
}

#[tokio::test]
async fn a_room_and_a_person_have_as_many_as_the_settings_allow() {
    let host = Host::with(&[("ROOMS__MEMBERS_MAX", "2"), ("ROOMS__ROOMS_PER_USER_MAX", "2")]).await;
    host.makes("one", &[("ann", "viewer"), ("bob", "viewer")]).await;
    let full = host.set_member(&host.root, "one", "eve", "viewer").await;
    full.blames(&["user_id"]);
    assert!(full.text.contains("ROOMS__MEMBERS_MAX"), "{}", full.text);
    assert_eq!(host.set_member(&host.root, "one", "bob", "presenter").await.status, 200, "that is no more");

    host.makes("two", &[("ann", "viewer")]).await;
    host.makes("three", &[]).await;
    let many = host.set_member(&host.root, "three", "ann", "viewer").await;
    many.blames(&["user_id"]);
    assert!(many.text.contains("ROOMS__ROOMS_PER_USER_MAX"), "{}", many.text);
    assert_eq!(host.delete("/rooms/one/members/ann", &host.root).await.status, 204);
    host.adds("three", "ann", "viewer").await;
    host.adds("one", "eve", "viewer").await;
}
