//! What somebody's rooms are, and who is in a room.

use serde_json::{Value, json};
use testkit::{RoomGuest, eventually};

use super::Host;

/// All items of a list, read in parts of `limit`.
async fn all(host: &Host, path: &str, token: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let behind = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = host.get(&format!("{path}?limit={limit}{behind}"), token).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= limit, "{page}");
        items.extend(found.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
}

#[tokio::test]
async fn rooms_of_all_sources_are_listed_by_id_and_the_first_source_says_the_role() {
    let host = Host::start().await;
    let nobody = host.token("nobody");
    assert_eq!(host.get("/rooms", &nobody).await.json(), json!({ "items": [] }));
    host.put("/rooms/both", &host.root, &json!({ "name": "Both", "max_participants": 3 })).await;
    host.adds("both", "ann", "moderator").await;
    host.makes("kept", &[("ann", "viewer")]).await;
    host.makes("of-others", &[("bob", "viewer")]).await;
    let ann =
        host.world.token("ann", &["/rooms/both", "/rooms/claimed/presenter", "/rooms/call-7", "/else/x"]);
    let expected = [
        json!({ "room_id": "both", "name": "Both", "role": "participant", "max_participants": 3, "live": false }),
        json!({ "room_id": "claimed", "role": "presenter", "live": false }),
        json!({ "room_id": "kept", "role": "viewer", "live": false }),
    ];
    for limit in [1, 2, 3, 100] {
        assert_eq!(all(&host, "/rooms", &ann, limit).await, expected, "{limit}");
    }
    for cursor in ["%20", ".x", "a/b"] {
        host.get(&format!("/rooms?cursor={cursor}"), &ann).await.blames(&["cursor"]);
    }

    let joined = host.world.join("kept", &ann).await.json();
    let (url, token) =
        (joined["server_url"].as_str().unwrap(), joined["participant_token"].as_str().unwrap());
    let _guest = RoomGuest::enter(url, token).await.unwrap();
    eventually("the list says that somebody is there", std::time::Duration::from_secs(10), async || {
        let rooms = host.get("/rooms", &ann).await.json();
        let live = |at: usize| rooms["items"][at]["live"] == true;
        [live(0), live(1), live(2)] == [false, false, true]
    })
    .await;
}

#[tokio::test]
async fn members_are_listed_by_user_id_in_parts() {
    let host = Host::start().await;
    let people: Vec<String> = (0..7).map(|number| format!("user:{number}")).collect();
    let members: Vec<_> = people.iter().rev().map(|user| (user.as_str(), "participant")).collect();
    host.makes("standup", &members).await;
    let expected: Vec<_> =
        people.iter().map(|user| json!({ "user_id": user, "role": "participant" })).collect();
    for limit in [2, 7, 100] {
        assert_eq!(all(&host, "/rooms/standup/members", &host.root, limit).await, expected);
    }
    host.get("/rooms/standup/members?cursor=a%20b", &host.root).await.blames(&["cursor"]);
    host.get("/rooms/standup/members?limit=0", &host.root).await.blames(&["limit"]);
}

#[tokio::test]
async fn without_the_source_there_is_a_list_and_nothing_is_kept() {
    let world = crate::world::World::start().await;
    let ann = world.token("ann", &["/rooms/standup/moderator"]);
    let rooms = world.get("/rooms", &ann).await;
    let listed = json!([{ "room_id": "standup", "role": "moderator", "live": false }]);
    assert_eq!((rooms.status.as_u16(), &rooms.json()["items"]), (200, &listed), "{}", rooms.text);
    let put = world.request(reqwest::Method::PUT, "/rooms/standup", &ann).json(&json!({}));
    crate::world::send(put).await.is_problem(405, "method_not_allowed");
    world.get("/rooms/standup/members", &ann).await.is_problem(404, "not_found");
}
