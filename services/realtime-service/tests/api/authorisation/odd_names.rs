//! Names as odd as they may be: one is never taken for another, however it is written.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testkit::RoomGuest;

use crate::sfu_admission::asking::ask;
use crate::world::{Answer, World, send};

const ROOM: &str = "_a.b:c-1";
/// The same with what may be escaped escaped.
const ESCAPED_ROOM: &str = "%5Fa%2Eb%3Ac-1";
/// Whose ids and devices run into each other: `f:ldap` with the device `ann`, and `f:ldap:ann` with hers.
const LDAP: &str = "f:ldap";
const ANN: &str = "f:ldap:ann";
const BOUND: Duration = Duration::from_secs(20);

fn token(world: &World, user: &str, role: &str) -> String {
    world.token(user, &[&format!("/rooms/{ROOM}/{role}")])
}

async fn enters(world: &World, user: &str, device: &str) -> (RoomGuest, String) {
    let request =
        world.request(Method::POST, &format!("/rooms/{ROOM}/join"), &token(world, user, "participant"));
    let joined = send(request.header("X-Device-Id", device)).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let pass = joined.json()["participant_token"].as_str().unwrap().to_owned();
    (RoomGuest::enter(&world.livekit.public_url, &pass).await.unwrap(), pass)
}

async fn kick(world: &World, by: &str, room: &str, identity: &str) -> Answer {
    let path = format!("/rooms/{room}/participants/{identity}");
    send(world.request(Method::DELETE, &path, &token(world, by, "moderator"))).await
}

#[tokio::test]
async fn people_whose_names_begin_alike_are_two_and_an_escaped_name_is_the_same() {
    let world = World::with_store(&[]).await;
    let (mut ldap, of_ldap) = enters(&world, LDAP, "ann").await;
    let (mut ann, of_ann) = enters(&world, ANN, "ann").await;
    assert_eq!((ldap.identity.as_str(), ann.identity.as_str()), ("f:ldap:ann", "f:ldap:ann:ann"));

    assert_eq!(kick(&world, "mona", ESCAPED_ROOM, "f%3Aldap%3aann").await.status, 204);
    ldap.sent_out(BOUND).await;
    assert!(ann.is_in());
    ask(&world, "/rtc", &of_ldap).await.is_problem(403, "kicked");
    assert_eq!(ask(&world, "/rtc", &of_ann).await.status, 204);

    let path = format!("/rooms/{ESCAPED_ROOM}/bans/f%3Aldap%3Aann");
    let ban = world.request(Method::PUT, &path, &token(&world, "mona", "moderator")).json(&json!({}));
    assert_eq!(send(ban).await.status, 204);
    ann.sent_out(BOUND).await;
    ask(&world, "/rtc", &of_ann).await.is_problem(403, "banned");
    let listed = world.get(&format!("/rooms/{ROOM}/bans"), &token(&world, "mona", "moderator")).await.json();
    assert_eq!(listed["items"][0]["user_id"], ANN, "{listed}");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test]
async fn nobody_escapes_what_they_may_not_do_by_writing_it_otherwise() {
    let world = World::with_store(&[]).await;
    kick(&world, "mike", ROOM, "mike%3Aphone").await.blames(&["identity"]);
    kick(&world, "mike", ROOM, "%6Dike:phone").await.blames(&["identity"]);
    let path = format!("/rooms/{ROOM}/bans/%6Dike");
    let ban = world.request(Method::PUT, &path, &token(&world, "mike", "moderator")).json(&json!({}));
    send(ban).await.blames(&["user_id"]);
    // A slash stays in its segment, and a room has none.
    for room in ["a%2Fb", "other%2f_a.b:c-1", "_a.b:c-1%00", "%2e%2e", "_a.b:c-1%252F"] {
        let answer = kick(&world, "mike", room, "ann:phone").await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{room}: {} {}", answer.status, answer.text);
        assert!(!answer.text.contains("participant_not_found"), "{room}: {}", answer.text);
    }
}
