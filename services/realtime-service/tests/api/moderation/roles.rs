//! Who may do what: every act for everybody.

use reqwest::Method;
use serde_json::{Value, json};

use super::{act, administrator, ban, enters, token};
use crate::world::{Answer, World};

/// What a moderator may do, about somebody who is not there: it shows who may without doing much.
fn acts() -> [(Method, &'static str, Option<Value>, u16); 6] {
    [
        (Method::POST, "participants/nobody:phone/mute", Some(json!({ "source": "microphone" })), 404),
        (Method::DELETE, "participants/nobody:phone", None, 404),
        (Method::PUT, "bans/nobody", Some(json!({ "until": "2999-01-01T00:00:00Z" })), 204),
        (Method::GET, "bans", None, 200),
        (Method::DELETE, "bans/nobody", None, 204),
        (Method::POST, "end", None, 204),
    ]
}

/// The body of a refusal without what is of this request alone.
fn refusal(answer: &Answer, status: u16, code: &str) -> Value {
    let mut body = answer.is_problem(status, code);
    body["trace_id"].take();
    body
}

#[tokio::test]
async fn only_moderators_and_administrators_act() {
    let world = World::with_store(&[]).await;
    for (method, path, body, expected) in acts() {
        for moderator in [token(&world, "mona", "moderator"), administrator(&world)] {
            let answer = act(&world, &moderator, method.clone(), path, body.as_ref()).await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {path}: {}", answer.text);
            if expected == 404 {
                answer.is_problem(404, "participant_not_found");
            }
        }
        for role in ["viewer", "participant", "presenter"] {
            let answer = act(&world, &token(&world, "pat", role), method.clone(), path, body.as_ref()).await;
            answer.is_problem(403, "role_required");
        }
        let anonymous = act(&world, "no token", method.clone(), path, body.as_ref()).await;
        anonymous.is_problem(401, "token_invalid");
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_by_any_act() {
    let world = World::with_store(&[]).await;
    let _guest = enters(&world, &token(&world, "ann", "participant"), "phone").await;
    let stranger = world.token("eve", &["/rooms/retro/moderator"]);
    let list = (Method::GET, "participants", None, 200);
    for (method, path, body, _) in acts().into_iter().chain([list]) {
        let path = path.replace("nobody", "ann");
        let here = act(&world, &stranger, method.clone(), &path, body.as_ref()).await;
        let elsewhere = world.request(method.clone(), &format!("/rooms/nowhere/{path}"), &stranger);
        let elsewhere = match &body {
            Some(body) => elsewhere.json(body),
            None => elsewhere,
        };
        let elsewhere = crate::world::send(elsewhere).await;
        let forbidden = refusal(&here, 404, "room_not_found");
        assert_eq!(forbidden, refusal(&elsewhere, 404, "room_not_found"), "{method} {path}");
    }
}

#[tokio::test]
async fn every_member_sees_who_is_there_and_whoever_is_banned_does_not() {
    let world = World::with_store(&[]).await;
    let ann = enters(&world, &token(&world, "ann", "presenter"), "phone").await;
    let moderator = token(&world, "mona", "moderator");
    for role in ["viewer", "participant", "presenter", "moderator"] {
        let answer = world.get("/rooms/standup/participants", &token(&world, "pat", role)).await.json();
        assert_eq!(answer["items"][0]["identity"], "ann:phone", "{answer}");
        assert_eq!(
            (&answer["items"][0]["user_id"], &answer["items"][0]["device"]),
            (&json!("ann"), &json!("phone"))
        );
        assert_eq!(answer["items"][0]["name"], "ann of the tests");
        assert_eq!((&answer["items"][0]["sources"], answer.get("next_cursor")), (&json!([]), None));
    }
    assert_eq!(ban(&world, &moderator, "pat", &json!({})).await.status, 204);
    for role in ["viewer", "moderator"] {
        let barred = token(&world, "pat", role);
        world.get("/rooms/standup/participants", &barred).await.is_problem(403, "banned");
        for (method, path, body, _) in acts() {
            act(&world, &barred, method, path, body.as_ref()).await.is_problem(403, "banned");
        }
    }
    assert!(ann.is_in());
}

#[tokio::test]
async fn moderators_act_on_each_other_and_nobody_on_themselves() {
    let world = World::with_store(&[]).await;
    let (mona, mike) = (token(&world, "mona", "moderator"), token(&world, "mike", "moderator"));
    let mut guest = enters(&world, &mike, "phone").await;
    super::kick(&world, &mike, "mike:phone").await.blames(&["identity"]);
    ban(&world, &mike, "mike", &json!({})).await.blames(&["user_id"]);
    assert!(guest.is_in());
    assert_eq!(ban(&world, &mona, "mike", &json!({})).await.status, 204);
    assert_eq!(guest.sent_out(super::BOUND).await.reason, super::REMOVED);
    super::unban(&world, &mike, "mike").await.is_problem(403, "banned");
    // Nobody takes from an administrator what they may do, only from being in the room.
    assert_eq!(ban(&world, &mona, "root", &json!({})).await.status, 204);
    assert_eq!(super::unban(&world, &administrator(&world), "root").await.status, 204);
    assert_eq!(super::unban(&world, &administrator(&world), "mike").await.status, 204);
    assert_eq!(world.join("standup", &mike).await.status, 201);
}

#[tokio::test]
async fn other_tenants_and_ill_formed_requests_change_nothing() {
    let world = World::with_store(&[]).await;
    let mona = token(&world, "mona", "moderator");
    for body in
        [json!({ "until": "yesterday" }), json!({ "untill": "2999-01-01T00:00:00Z" }), json!({ "reason": 7 })]
    {
        ban(&world, &mona, "ann", &body).await.is_problem(400, "invalid_field");
    }
    ban(&world, &mona, "ann", &json!({ "until": "2020-01-01T00:00:00Z" })).await.blames(&["until"]);
    ban(&world, &mona, "ann", &json!({ "reason": "r".repeat(201) })).await.blames(&["reason"]);
    ban(&world, &mona, "ann", &json!({ "reason": "a\u{202e}b" })).await.blames(&["reason"]);
    ban(&world, &mona, "a%20b", &json!({})).await.blames(&["user_id"]);
    let mute = Some(json!({ "source": "nose" }));
    act(&world, &mona, Method::POST, "participants/ann:phone/mute", mute.as_ref())
        .await
        .is_problem(400, "invalid_field");
    world.get("/rooms/standup/bans?limit=0", &mona).await.blames(&["limit"]);
    world.get("/rooms/standup/bans?cursor=a%20b", &mona).await.blames(&["cursor"]);
    assert_eq!(world.get("/rooms/standup/bans", &mona).await.json(), json!({ "items": [] }));
}
