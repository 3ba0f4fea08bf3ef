//! A room is made, has members, changes and goes.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testkit::{RoomGuest, eventually};

use super::Host;
use crate::world::send;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_room_is_made_changed_and_shown() {
    let host = Host::start().await;
    let wanted = json!({ "name": "Stand-up", "max_participants": 7, "metadata": "{\"colour\":\"red\"}" });
    let made = host.put("/rooms/standup", &host.root, &wanted).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let shown = json!({
        "room_id": "standup", "name": "Stand-up", "role": "moderator", "max_participants": 7,
        "metadata": "{\"colour\":\"red\"}", "live": false,
    });
    assert_eq!(made.json(), shown);
    assert_eq!(host.put("/rooms/standup", &host.root, &wanted).await.status, 200);
    assert_eq!(host.get("/rooms/standup", &host.root).await.json(), shown);
    let record = host.stored("room:standup").await.unwrap();
    assert_eq!((&record["schema"], &record["created_by"]), (&json!(1), &json!("root")));

    // What is left out is none.
    let changed = host.put("/rooms/standup", &host.root, &json!({ "name": "Daily" })).await;
    assert_eq!(changed.status, 200);
    let daily = json!({ "room_id": "standup", "name": "Daily", "role": "moderator", "live": false });
    assert_eq!(changed.json(), daily);
    assert_eq!(host.get("/rooms/standup", &host.root).await.json(), daily);
    assert_eq!(host.stored("room:standup").await.unwrap()["created_at"], record["created_at"]);
    eventually("each change is told once", BOUND, async || {
        let said = host.world.service.output();
        let told = |what: &str| {
            let what = format!("\"what\":\"{what}\"");
            said.lines().filter(|line| line.contains("room.changed") && line.contains(&what)).count()
        };
        let told = (told("created"), told("changed"));
        if told == (1, 1) { Ok(()) } else { Err(format!("{told:?}")) }
    })
    .await;
}

#[tokio::test]
async fn members_do_what_their_role_allows_and_strangers_learn_nothing() {
    let host = Host::start().await;
    host.makes("standup", &[("mona", "moderator"), ("vic", "viewer")]).await;
    let [mona, vic, stranger] = ["mona", "vic", "stranger"].map(|user| host.token(user));
    let body = json!({});
    let member = json!({ "role": "participant" });
    let root = &host.root;
    for (method, path, body) in [
        (Method::PUT, "", Some(&body)),
        (Method::DELETE, "", None),
        (Method::GET, "/members", None),
        (Method::PUT, "/members/bob", Some(&member)),
        (Method::DELETE, "/members/vic", None),
    ] {
        let ask = async |room: &str, token: &str| {
            let request = host.world.request(method.clone(), &format!("/rooms/{room}{path}"), token);
            send(match body {
                Some(body) => request.json(body),
                None => request,
            })
            .await
        };
        let mut answers = Vec::new();
        for room in ["standup", "absent", "call-7"] {
            if room == "call-7" && (method == Method::PUT && path.is_empty()) {
                ask(room, &stranger).await.blames(&["room_id"]);
                continue;
            }
            let mut problem = ask(room, &stranger).await.is_problem(404, "room_not_found");
            problem.as_object_mut().unwrap().remove("trace_id");
            answers.push(problem);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        ask("standup", &vic).await.is_problem(403, "role_required");
        if method != Method::PUT || !path.is_empty() {
            ask("absent", root).await.is_problem(404, "room_not_found");
            ask("call-7", root).await.is_problem(404, "room_not_found");
        }
        ask("absent", &mona).await.is_problem(404, "room_not_found");
    }
    assert_eq!(host.get("/rooms/standup", &vic).await.json()["role"], "viewer");
    assert_eq!(host.set_member(&mona, "standup", "bob", "participant").await.status, 201);
    assert_eq!(host.put("/rooms/standup", &mona, &json!({ "name": "ours" })).await.status, 200);
    assert_eq!(host.delete("/rooms/standup", &mona).await.status, 204);
    host.get("/rooms/standup", &mona).await.is_problem(404, "room_not_found");
}

#[tokio::test]
async fn a_moderator_of_a_room_that_is_not_kept_here_does_not_make_one() {
    let host = Host::start().await;
    let mona = host.world.token("mona", &["/rooms/standup/moderator"]);
    host.put("/rooms/standup", &mona, &json!({})).await.is_problem(403, "role_required");
    host.delete("/rooms/standup", &mona).await.is_problem(404, "room_not_found");
    host.get("/rooms/standup/members", &mona).await.is_problem(404, "room_not_found");
    host.makes("standup", &[]).await;
    assert_eq!(host.set_member(&mona, "standup", "bob", "viewer").await.status, 201);
    assert_eq!(host.get("/rooms/standup/members", &mona).await.json()["items"][0]["user_id"], "bob");
}

#[tokio::test]
async fn a_moderator_who_is_banned_changes_nothing() {
    let host = Host::start().await;
    host.makes("standup", &[("mona", "moderator"), ("bob", "viewer")]).await;
    let mona = host.token("mona");
    let banned = host.put("/rooms/standup/bans/mona", &host.root, &json!({})).await;
    assert_eq!(banned.status, 204, "{}", banned.text);
    host.put("/rooms/standup", &mona, &json!({})).await.is_problem(403, "banned");
    host.delete("/rooms/standup", &mona).await.is_problem(403, "banned");
    host.get("/rooms/standup/members", &mona).await.is_problem(403, "banned");
    host.set_member(&mona, "standup", "eve", "viewer").await.is_problem(403, "banned");
    host.delete("/rooms/standup/members/bob", &mona).await.is_problem(403, "banned");
    // To be a member again is not to be let in again.
    assert_eq!(host.delete("/rooms/standup/members/mona", &host.root).await.status, 204);
    host.adds("standup", "mona", "moderator").await;
    host.world.join("standup", &mona).await.is_problem(403, "banned");
}

#[tokio::test]
async fn whoever_is_removed_is_out_with_every_device_and_back_once_added_again() {
    let host = Host::start().await;
    host.makes("standup", &[("bob", "participant")]).await;
    let bob = host.token("bob");
    let mut guests = Vec::new();
    for device in ["phone", "laptop"] {
        let join =
            host.world.request(Method::POST, "/rooms/standup/join", &bob).header("X-Device-Id", device);
        let joined = send(join).await;
        assert_eq!(joined.status, 201, "{}", joined.text);
        let (url, token) = (joined.json()["server_url"].clone(), joined.json()["participant_token"].clone());
        guests.push(RoomGuest::enter(url.as_str().unwrap(), token.as_str().unwrap()).await.unwrap());
    }
    eventually("the room is live", BOUND, async || {
        host.get("/rooms/standup", &bob).await.json()["live"] == true
    })
    .await;
    let feed = host.get("/events", &bob).await.json();
    let removed = host.delete("/rooms/standup/members/bob", &host.root).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    for guest in &mut guests {
        guest.sent_out(BOUND).await;
    }
    let cursor = feed["cursor"].as_str().unwrap();
    let told = host.get(&format!("/events?after={cursor}&wait=5"), &bob).await.json();
    let event = &told["events"][0];
    assert_eq!(
        (&event["type"], &event["room_id"], &event["reason"]),
        (&json!("room.removed"), &json!("standup"), &json!("removed"))
    );
    host.world.join("standup", &bob).await.is_problem(404, "room_not_found");
    // Whoever is none is none afterwards either.
    assert_eq!(host.delete("/rooms/standup/members/bob", &host.root).await.status, 204);
    assert_eq!(host.delete("/rooms/standup/members/nobody", &host.root).await.status, 204);

    host.adds("standup", "bob", "viewer").await;
    let back = host.world.join("standup", &bob).await;
    assert_eq!((back.status.as_u16(), &back.json()["role"]), (201, &json!("viewer")));
}
