//! Looking at a room.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_member_sees_the_room_and_others_see_nothing() {
    let world = World::start().await;
    let ann = world.token("ann", &["/rooms/standup/presenter"]);
    let nobody_there = json!({ "room_id": "standup", "role": "presenter", "live": false });
    assert_eq!(world.get("/rooms/standup", &ann).await.json(), nobody_there);
    assert_eq!(world.join("standup", &ann).await.status, 201);
    assert_eq!(world.get("/rooms/standup", &ann).await.json(), nobody_there, "the room exists and is empty");
    let bob = world.token("bob", &["/rooms/other"]);
    world.get("/rooms/standup", &bob).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn an_administrator_sees_every_room_but_those_of_calls() {
    let world = World::start().await;
    let mut claims = world.claims("root", &[]);
    claims["resource_access"] = json!({ "realtime": { "roles": ["realtime-admin"] } });
    let root = world.issuer.sign(&claims);
    assert_eq!(world.get("/rooms/standup", &root).await.json()["role"], "moderator");
    world.get("/rooms/call-7", &root).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn the_documents_and_the_management_port_answer() {
    let world = World::start().await;
    let document = world.get("/openapi.json", "no token is needed").await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(world.manage("/livez").await.status, 200);
    let ready = world.manage("/readyz").await.json();
    assert_eq!(ready["status"], "ready", "{ready}");
    let info = world.manage("/info").await.json();
    assert_eq!((&info["name"], info["version"].is_string()), (&json!("realtime-service"), true));
    world.get("/nothing/here", "x").await.is_problem(404, "not_found");
}
