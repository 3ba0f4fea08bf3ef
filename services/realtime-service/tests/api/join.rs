//! A join that succeeds, and one that asks for too much.

use livekit_api::access_token::TokenVerifier;
use reqwest::Method;
use serde_json::json;
use testkit::LiveKit;

use crate::world::{World, send};

#[tokio::test]
async fn a_member_is_given_a_token_for_the_room_and_the_room_exists() {
    let world = World::start().await;
    let answer = world.join("standup", &world.token("ann", &["/rooms/standup/presenter"])).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["server_url"], world.livekit.public_url);
    assert_eq!(body["room_name"], "standup");
    assert_eq!(body["participant_identity"], "ann:default");
    assert_eq!(body["role"], "presenter");
    let claims = TokenVerifier::with_api_key(&world.livekit.api_key, &world.livekit.api_secret)
        .verify(body["participant_token"].as_str().unwrap())
        .unwrap();
    assert_eq!((claims.sub.as_str(), claims.video.room.as_str()), ("ann:default", "realtime/standup"));
    assert_eq!(claims.video.can_publish_sources.len(), 4);
    let expires_at = chrono::DateTime::parse_from_rfc3339(body["expires_at"].as_str().unwrap()).unwrap();
    assert_eq!(usize::try_from(expires_at.timestamp()).unwrap(), claims.exp);
    assert_eq!(rooms(&world).await, ["realtime/standup"]);
    assert!(world.figure("joins_total{outcome=\"minted\"}").await >= 1.0);
}

#[tokio::test]
async fn each_device_is_a_participant_of_its_own() {
    let world = World::start().await;
    let token = world.token("f:ldap:ann", &["/rooms/standup"]);
    let join = |device: &str| {
        send(world.request(Method::POST, "/rooms/standup/join", &token).header("X-Device-Id", device))
    };
    assert_eq!(join("phone").await.json()["participant_identity"], "f:ldap:ann:phone");
    assert_eq!(join("tv_2").await.json()["participant_identity"], "f:ldap:ann:tv_2");
    for device in ["a:b", "", "a b", &"d".repeat(65)] {
        join(device).await.blames(&["X-Device-Id"]);
    }
}

#[tokio::test]
async fn a_wish_that_is_not_granted_is_refused_and_says_which() {
    let world = World::start().await;
    let token = world.token("ann", &["/rooms/standup"]);
    for (body, fields) in [
        (json!({ "room_name": "other" }), vec!["room_name"]),
        (json!({ "participant_identity": "bob:default" }), vec!["participant_identity"]),
        (json!({ "participant_name": "Bob" }), vec!["participant_name"]),
        (
            json!({ "participant_metadata": "m", "participant_attributes": { "a": "b" } }),
            vec!["participant_metadata", "participant_attributes"],
        ),
        (json!({ "room_config": { "max_participants": 1000 } }), vec!["room_config"]),
        (json!({ "room_name": 7 }), vec!["room_name"]),
        (json!({ "participant_attributes": { "a": 1 } }), vec!["participant_attributes.a"]),
    ] {
        world.join_with("standup", &token, &body).await.blames(&fields);
    }
    let repeated =
        json!({ "room_name": "standup", "participant_identity": "ann:default", "future_field": {} });
    assert_eq!(world.join_with("standup", &token, &repeated).await.status, 201);
}

#[tokio::test]
async fn where_the_settings_allow_it_a_client_names_itself() {
    let world = World::with(&[("JOIN__CLIENT_NAMES", "true"), ("JOIN__CLIENT_METADATA", "true")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let wishes = json!({
        "participant_name": "Ann of Sales", "participant_metadata": "{}", "participant_attributes": { "seat": "7" },
    });
    let body = world.join_with("standup", &token, &wishes).await.json();
    let claims = TokenVerifier::with_api_key(&world.livekit.api_key, &world.livekit.api_secret)
        .verify(body["participant_token"].as_str().unwrap())
        .unwrap();
    assert_eq!(claims.name, "Ann of Sales");
    assert_eq!(claims.attributes["seat"], "7");
    assert_eq!(claims.attributes["role"], "participant");
    let forged = json!({ "participant_attributes": { "role": "moderator" } });
    world.join_with("standup", &token, &forged).await.blames(&["participant_attributes"]);
    let injected = json!({ "participant_name": "Ann\r\n{\"level\":\"ERROR\"}" });
    world.join_with("standup", &token, &injected).await.blames(&["participant_name"]);
}

#[tokio::test]
async fn a_dry_run_explains_and_leaves_nothing_behind() {
    let world = World::start().await;
    let token = world.token("ann", &["/rooms/standup/viewer"]);
    let dry_run =
        |room: &str| send(world.request(Method::POST, &format!("/rooms/{room}/join?dry_run=true"), &token));
    let answer = dry_run("standup").await;
    assert_eq!(answer.status, 200);
    let passed = |check| json!({ "check": check, "passed": true });
    let checks = ["token", "request", "membership", "sfu"].map(passed);
    assert_eq!(answer.json(), json!({ "allowed": true, "checks": checks }));
    assert!(rooms(&world).await.is_empty());
    dry_run("other").await.is_problem(404, "room_not_found");
    send(world.request(Method::POST, "/rooms/standup/join?dry_run=perhaps", &token))
        .await
        .blames(&["dry_run"]);
}

#[tokio::test]
async fn an_administrator_joins_their_rooms_as_moderator_and_no_others() {
    let world = World::start().await;
    let mut claims = world.claims("root", &["/rooms/standup/viewer"]);
    claims["realm_access"] = json!({ "roles": ["realtime-admin"] });
    let token = world.issuer.sign(&claims);
    assert_eq!(world.join("standup", &token).await.json()["role"], "moderator");
    world.join("other", &token).await.is_problem(404, "room_not_found");
}

/// The rooms that LiveKit has.
async fn rooms(world: &World) -> Vec<String> {
    let LiveKit { url, api_key, api_secret, .. } = &world.livekit;
    let client = livekit_api::services::room::RoomClient::with_api_key(url, api_key, api_secret);
    client.list_rooms(Vec::new()).await.unwrap().into_iter().map(|room| room.name).collect()
}
